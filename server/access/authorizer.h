// Decides whether principals may do what they ask for (`--auth enforce`).
#pragma once

#include "api/auth/identities/identities.h"
#include "api/auth/policies/evaluation.h"
#include "api/core/operation.h"
#include "server/access/resource_facts.h"

namespace millrace::access {

// Owned by the application. Can be called from any thread.
class PolicyAuthorizer final : public Authorizer {
 public:
  PolicyAuthorizer(const auth::Identities& identities, const Clock& clock,
                   std::map<std::string, ResourceSource, std::less<>> sources)
      : identities_(identities), clock_(clock), facts_(std::move(sources)) {}

  [[nodiscard]] asio::awaitable<void> authorize(const Request& request, const Operation& op,
                                                const InputView& input,
                                                const std::vector<Demand>& demands) const override;

  // For work on behalf of a function: why the session of its role may not do an action; nullopt: it may.
  [[nodiscard]] asio::awaitable<std::optional<std::string>> denial(Principal acting, std::string action,
                                                                   Resource resource) const;

  // Whether the role exists, and its trust policy lets the service ("lambda.amazonaws.com") assume it.
  [[nodiscard]] bool can_assume(const std::string& service, const std::string& role_arn) const;

 private:
  [[nodiscard]] asio::awaitable<std::vector<auth::PolicyPtr>> policies_of(Resource resource) const;

  const auth::Identities& identities_;
  const Clock& clock_;
  const ResourceFacts facts_;
};

}  // namespace millrace::access
