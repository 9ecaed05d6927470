// Verifies who sends a request (`--auth enforce`).
#pragma once

#include <memory>
#include <string>

#include "api/auth/identities/identities.h"
#include "api/auth/sigv4.h"
#include "api/core/service.h"

namespace millrace::access {

// A signature that covers the body, which is verified when the body has been received.
struct UnverifiedSignature {
  auth::SignatureClaim claim;
  auth::KnownKeyPtr key;
};

struct AuthenticatorOptions {
  std::string account;         // of requests without a signature, where a service takes those
  std::string default_region;  // of requests that name none
};

// Owned by the application. Can be called from any thread.
class Authenticator {
 public:
  // `machine_clock` decides how old a signature is, because clients sign by their own clock; `clock`, which
  // tests can advance, when temporary credentials expire.
  Authenticator(auth::Identities& identities, const Clock& machine_clock, const Clock& clock,
                AuthenticatorOptions options)
      : identities_(identities), machine_clock_(machine_clock), clock_(clock), options_(std::move(options)) {}

  // Sets the principal of the request from its head. A result other than nullptr is passed to `verify` with
  // the body; until then the principal is not proven. Throws the service's error for a missing, malformed or
  // wrong signature, an unknown key, and expired credentials.
  [[nodiscard]] std::unique_ptr<UnverifiedSignature> identify(Request& request, const Service& service);
  // Throws the service's error if the signature is not that of the head and the body.
  void verify(const UnverifiedSignature& unverified, const Request& request, const Service& service);

 private:
  [[nodiscard]] auth::KnownKeyPtr key_of(const auth::SignatureClaim& claim,
                                         const auth::SignedService& service) const;
  void note_use(const auth::SignatureClaim& claim, const auth::KnownKey& key);
  void set_stranger(Request& request) const;
  void set_principal(Request& request, const auth::SignatureClaim& claim, const auth::KnownKey& key) const;

  auth::Identities& identities_;
  const Clock& machine_clock_;
  const Clock& clock_;
  const AuthenticatorOptions options_;
  auth::SigningKeys signing_keys_;
};

}  // namespace millrace::access
