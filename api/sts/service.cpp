#include "api/sts/service.h"

#include "api/core/protocols/codec.h"
#include "api/sts/errors.h"

namespace millrace::sts {

extern const Operation kAssumeRole, kGetAccessKeyInfo, kGetCallerIdentity, kGetSessionToken;

namespace {

const Operation* const kOperations[] = {
    &kAssumeRole,
    &kGetAccessKeyInfo,
    &kGetCallerIdentity,
    &kGetSessionToken,
};

std::string session_token(const HttpRequest& http) {
  if (const auto token = http.headers.find("x-amz-security-token")) return std::string(*token);
  for (auto& [name, value] : parse_query(http.query()))
    if (name == "X-Amz-Security-Token") return value;
  return {};
}

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

const ServiceModel& service_model() {
  static constexpr ServiceModel kModel{.name = "sts",
                                       .protocols = bit_of(Protocol::query),
                                       .xml_namespace = "https://sts.amazonaws.com/doc/2011-06-15/",
                                       .operations = kOperations};
  return kModel;
}
const ServiceModel& Sts::model() const { return service_model(); }

asio::awaitable<HttpResponse> Sts::handle(Request& request) {
  return handle_rpc(service_model(), this, max_body(), request);
}

ApiError Sts::internal_failure() const { return internal(); }

ApiError Sts::too_large() const {
  return {413, "RequestEntityTooLarge", "The request is larger than this service accepts."};
}

auth::KnownKeyPtr Sts::key_of(const Request& request) const {
  auth::KnownKeyPtr key = identities.find_key(request.caller.access_key, session_token(request.http));
  return key && key->identity->arn == request.caller.arn ? key : nullptr;
}

std::shared_ptr<const auth::Identity> Sts::identity_of(const Request& request) const {
  if (request.caller.identity) return request.caller.identity;
  auth::Identity root;
  root.kind = auth::IdentityKind::root;
  root.account = root.id = request.caller.account;
  root.arn = request.caller.arn;
  return std::make_shared<const auth::Identity>(std::move(root));
}

auth::PolicySetPtr Sts::policies_of(const Request& request) const {
  if (request.caller.policies) return request.caller.policies;
  return identities.policies_of(*identity_of(request));
}

auth::SessionPtr Sts::session_of(const Request& request) const {
  const auth::KnownKeyPtr key = key_of(request);
  const auth::Identity* const caller = request.caller.identity.get();
  // A session must not lose what restricts it.
  if ((!key || !key->session) && caller && caller->kind == auth::IdentityKind::assumed_role)
    throw access_denied("The session of the request is not known.");
  return key ? key->session : nullptr;
}

}  // namespace millrace::sts
