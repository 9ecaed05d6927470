// IAM: users, groups, roles, access keys and policies of accounts. The rows are those of auth::Identities.
#pragma once

#include <span>

#include "api/auth/identities/identities.h"
#include "api/core/operation.h"
#include "api/core/service.h"
#include "storage/clock.h"

namespace millrace::iam {

// Owned by the application; the operations reach its parts.
class Iam final : public Service {
 public:
  Iam(auth::Identities& all, const Clock& the_clock)
      : identities(all), store(all.store()), clock(the_clock) {}

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] ApiError internal_failure() const override;
  // A document of 131,072 characters, each of them encoded as three.
  [[nodiscard]] std::uint64_t max_body() const override { return 1u << 20; }
  [[nodiscard]] ApiError too_large() const override;

  auth::Identities& identities;
  auth::Store& store;
  const Clock& clock;
};

// Every operation that is answered.
[[nodiscard]] std::span<const Operation* const> operations();
[[nodiscard]] const ServiceModel& service_model();

}  // namespace millrace::iam
