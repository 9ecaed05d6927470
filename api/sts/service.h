// STS: who calls, and temporary credentials.
#pragma once

#include <span>

#include "api/auth/identities/identities.h"
#include "api/core/operation.h"
#include "api/core/service.h"
#include "storage/clock.h"

namespace millrace::sts {

// Owned by the application; the operations reach its parts.
class Sts final : public Service {
 public:
  Sts(auth::Identities& all, const Clock& the_clock) : identities(all), clock(the_clock) {}

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] ApiError internal_failure() const override;
  [[nodiscard]] std::uint64_t max_body() const override { return 256u << 10; }
  [[nodiscard]] ApiError too_large() const override;

  // Who calls. Without authentication, the root of the account.
  [[nodiscard]] std::shared_ptr<const auth::Identity> identity_of(const Request& request) const;
  // The policies of who calls; none for a root.
  [[nodiscard]] auth::PolicySetPtr policies_of(const Request& request) const;
  // The session that the request was signed with; nullptr: none.
  [[nodiscard]] auth::SessionPtr session_of(const Request& request) const;

  auth::Identities& identities;
  const Clock& clock;

 private:
  // nullptr: the access key is not the caller's, or not known.
  [[nodiscard]] auth::KnownKeyPtr key_of(const Request& request) const;
};

// Every operation that is answered.
[[nodiscard]] std::span<const Operation* const> operations();
[[nodiscard]] const ServiceModel& service_model();

}  // namespace millrace::sts
