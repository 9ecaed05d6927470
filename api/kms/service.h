// AWS Key Management Service.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <span>

#include "api/core/operation.h"
#include "api/core/service.h"
#include "api/kms/store.h"
#include "storage/clock.h"

namespace millrace::kms {

// Owned by the application; the operations reach its parts.
class Kms final : public Service {
 public:
  // `master_key` encrypts the secrets of all keys. `workers`: threads that work with key pairs. Blocks.
  // Throws StorageFailure, and WrongMasterKey if it is not the master key that the stored keys need.
  Kms(storage::Catalog& catalog, const Clock& the_clock, const Seal::Key& master_key, unsigned worker_count);
  ~Kms() override { workers.join(); }

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override;
  [[nodiscard]] ApiError internal_failure() const override;
  [[nodiscard]] std::uint64_t max_body() const override { return 1u << 20; }
  [[nodiscard]] ApiError too_large() const override;

  // What time brings. Both run often, and write only what is due.
  // Removes the keys whose waiting period is over, with their aliases and grants. Ciphertexts of theirs can
  // never be decrypted again.
  [[nodiscard]] asio::awaitable<void> delete_due_keys();
  // Gives new material to the keys whose automatic rotation is due.
  [[nodiscard]] asio::awaitable<void> rotate_due_keys();

  const Seal master;
  Store store;
  const Clock& clock;
  asio::thread_pool workers;
};

// Every operation that is answered.
[[nodiscard]] std::span<const Operation* const> operations();
[[nodiscard]] const ServiceModel& service_model();

}  // namespace millrace::kms
