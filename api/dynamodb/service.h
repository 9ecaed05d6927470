// DynamoDB, as far as clients of streams keep leases, checkpoints and other state in it.
#pragma once

#include <set>
#include <span>

#include "api/core/operation.h"
#include "api/core/service.h"
#include "api/dynamodb/store.h"
#include "storage/clock.h"

namespace millrace::dynamodb {

// Owned by the application; the operations reach its parts.
class DynamoDb final : public Service {
 public:
  DynamoDb(storage::Catalog& catalog, const Clock& the_clock)
      : store(catalog), clock(the_clock), started_(clock.now()) {}

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override;
  [[nodiscard]] ApiError internal_failure() const override;
  [[nodiscard]] std::uint64_t max_body() const override { return 16u << 20; }
  [[nodiscard]] ApiError too_large() const override;

  // The table that a request names, by its name or ARN: its key in the store. Throws ValidationException for
  // a text that is neither, access_denied for one of another account.
  [[nodiscard]] static std::string place_of(const Caller& caller, const std::string& table);

  // What time brings: the rows of indexes that were added, items whose time to live has passed, tokens of
  // transactions that are old, the amounts of tables. `finish_indexes` runs often, `sweep` now and then.
  [[nodiscard]] asio::awaitable<void> finish_indexes();
  [[nodiscard]] asio::awaitable<void> sweep();

  Store store;
  const Clock& clock;

 private:
  // Removes the item if its time has passed, or else adds it to `amount`.
  asio::awaitable<void> sweep_item(const TablePtr& table, const std::string& key, const storage::Row& row,
                                   Time now, Amount& amount);
  asio::awaitable<void> remove_old_tokens(Time now);

  const Time started_;
  std::set<std::string> counted_;  // ids of the tables whose amount is known; for `sweep` alone
};

// Every operation that is answered.
[[nodiscard]] std::span<const Operation* const> operations();
[[nodiscard]] const ServiceModel& service_model();

}  // namespace millrace::dynamodb
