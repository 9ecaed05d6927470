#include "server/access/authenticator.h"

#include "api/auth/sigv4_errors.h"
#include "api/lambda/functions/code.h"
#include "api/lambda/urls/function_url.h"

namespace millrace::access {

namespace {

using auth::SignatureFailure;
using auth::SignedService;

SignedService signed_service(const Request& request, const Service& service) {
  return {service.name(), request.protocol};
}

// Function URLs are called by everyone, and a link to code is its own permission: it is sealed, and expires.
bool is_open(const Request& request, const Service& service) {
  const std::string_view path = request.http.path();
  return service.name() == "lambda" &&
         (path.starts_with(lambda::kFunctionUrlPrefix) || path.starts_with(lambda::kCodeLinkPrefix));
}

// Bucket policies can allow everyone, and AssumeRoleWithWebIdentity has a token of its own. What these
// services answer to a stranger, authorization decides.
bool takes_strangers(const Service& service) { return service.name() == "s3" || service.name() == "sts"; }

// What decides what a request does must be signed, and there is one session token.
void check_signed_parts(const HttpRequest& head, const auth::SignatureClaim& claim,
                        const SignedService& service) {
  const auto token = head.headers.find("x-amz-security-token");
  if (token && *token != claim.session_token)
    throw auth::signature_error(SignatureFailure::invalid_token, claim, service);
  if (head.headers.find("x-amz-target") && !claim.signs("x-amz-target"))
    throw auth::signature_error(SignatureFailure::unsigned_header, claim, service,
                                "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.");
}

}  // namespace

auth::KnownKeyPtr Authenticator::key_of(const auth::SignatureClaim& claim,
                                        const SignedService& service) const {
  auth::KnownKeyPtr key = identities_.find_key(claim.access_key, claim.session_token);
  if (!key)
    throw auth::signature_error(
        claim.session_token.empty() ? SignatureFailure::unknown_key : SignatureFailure::invalid_token, claim,
        service);
  if (!key->active) throw auth::signature_error(SignatureFailure::inactive_key, claim, service);
  if (key->expires && clock_.now() >= *key->expires)
    throw auth::signature_error(SignatureFailure::expired_token, claim, service);
  return key;
}

void Authenticator::set_stranger(Request& request) const {
  static const auto kStranger = [] {
    auth::Identity stranger;
    stranger.kind = auth::IdentityKind::anonymous;
    stranger.id = "anonymous";
    stranger.arn = "*";
    return std::make_shared<const auth::Identity>(std::move(stranger));
  }();
  request.caller = root_of(options_.account, options_.default_region);
  request.caller.arn = kStranger->arn;
  request.caller.identity = kStranger;
}

void Authenticator::set_principal(Request& request, const auth::SignatureClaim& claim,
                                  const auth::KnownKey& key) const {
  Principal& caller = request.caller;
  caller.account = key.identity->account;
  caller.region = claim.region.empty() ? options_.default_region : claim.region;
  caller.access_key = claim.access_key;
  caller.arn = key.identity->arn;
  caller.session = key.identity->session_name;
  caller.identity = key.identity;
  caller.policies = identities_.policies_of(key);
}

std::unique_ptr<UnverifiedSignature> Authenticator::identify(Request& request, const Service& service) {
  const SignedService signed_by = signed_service(request, service);
  auth::SignatureClaim claim;
  const bool open = is_open(request, service);
  if (!open) claim = auth::parse_signature(request.http, signed_by, machine_clock_.now());
  if (claim.form == auth::SignatureForm::none) {
    if (!takes_strangers(service) && !open)
      throw auth::signature_error(SignatureFailure::missing_token, claim, signed_by);
    set_stranger(request);
    return nullptr;
  }
  check_signed_parts(request.http, claim, signed_by);
  auth::KnownKeyPtr key = key_of(claim, signed_by);
  set_principal(request, claim, *key);
  if (claim.needs_body_hash())
    return std::make_unique<UnverifiedSignature>(UnverifiedSignature{std::move(claim), std::move(key)});
  auth::verify_signature(claim, request.http, signed_by, key->secret, {}, signing_keys_);
  note_use(claim, *key);
  request.chunk_signatures = auth::chunk_signatures(claim, key->secret, signing_keys_);
  return nullptr;
}

void Authenticator::verify(const UnverifiedSignature& unverified, const Request& request,
                           const Service& service) {
  auth::verify_signature(unverified.claim, request.http, signed_service(request, service),
                         unverified.key->secret, auth::hex_sha256(request.http.body), signing_keys_);
  note_use(unverified.claim, *unverified.key);
}

void Authenticator::note_use(const auth::SignatureClaim& claim, const auth::KnownKey& key) {
  if (!key.session) identities_.note_use(key.id, {clock_.now(), claim.service, claim.region});
}

}  // namespace millrace::access
