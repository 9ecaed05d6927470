#include "api/sts/web_token.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <memory>

#include "api/core/base64.h"
#include "api/core/json.h"

namespace millrace::sts {

namespace {

using nlohmann::json;

// A verification takes time by the size of the key, and one token may try several keys.
constexpr std::size_t kLeastRsaBytes = 256, kMostRsaBytes = 1024, kMostKeys = 100, kMostTried = 4;
constexpr std::size_t kP256Bytes = 32;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;
using Number = Owned<BIGNUM, BN_free>;
using PublicKey = Owned<EVP_PKEY, EVP_PKEY_free>;

struct Algorithm {
  const char* name;
  const char* key_type;
  const char* digest;
};
// None of those whose key the verifier could be made to share (HS256), and not "none".
constexpr Algorithm kAlgorithms[] = {{"RS256", "RSA", "SHA256"},
                                     {"RS384", "RSA", "SHA384"},
                                     {"RS512", "RSA", "SHA512"},
                                     {"ES256", "EC", "SHA256"}};

// base64url without padding. nullopt: it is no such text.
std::optional<std::string> decoded(std::string_view text) {
  std::string usual(text);
  for (char& c : usual) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  usual.append((4 - usual.size() % 4) % 4, '=');
  return base64_decode(usual);
}

json object_of(std::string_view text) {
  const auto plain = decoded(text);
  json object = plain ? parse_json(*plain) : json();
  if (!object.is_object()) throw UntrustedToken("The token is malformed");
  return object;
}

std::string text_of(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::optional<Time> time_of(const json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_number()) return std::nullopt;
  const double seconds = at->get<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return Time(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

struct Parts {
  std::string_view header, payload, signature;
  std::string_view signed_text;  // "header.payload"
};
Parts parts_of(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (token.size() > kMaxWebToken || second == token.npos || token.find('.', second + 1) != token.npos)
    throw UntrustedToken("The token is malformed");
  return {token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
          token.substr(0, second)};
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// nullptr: the description is of no such key.
PublicKey key_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return nullptr;
  return PublicKey(key);
}

PublicKey rsa_key(const json& described) {
  const auto n = decoded(text_of(described, "n")), e = decoded(text_of(described, "e"));
  if (!n || !e || n->size() < kLeastRsaBytes || n->size() > kMostRsaBytes || e->empty() || e->size() > 8)
    return nullptr;
  const Number modulus(BN_bin2bn(bytes(*n), static_cast<int>(n->size()), nullptr));
  const Number exponent(BN_bin2bn(bytes(*e), static_cast<int>(e->size()), nullptr));
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return nullptr;
  return key_of("RSA", builder.get());
}

PublicKey ec_key(const json& described) {
  const auto x = decoded(text_of(described, "x")), y = decoded(text_of(described, "y"));
  if (text_of(described, "crv") != "P-256" || !x || !y || x->size() != kP256Bytes || y->size() != kP256Bytes)
    return nullptr;
  const std::string point = "\x04" + *x + *y;  // uncompressed
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1)
    return nullptr;
  return key_of("EC", builder.get());
}

// A signature of ES256 is two numbers (RFC 7518, 3.4); OpenSSL wants them in DER. Empty: it is none.
std::string der_of(const std::string& signature) {
  if (signature.size() != 2 * kP256Bytes) return {};
  const Owned<ECDSA_SIG, ECDSA_SIG_free> both(ECDSA_SIG_new());
  BIGNUM* const r = BN_bin2bn(bytes(signature), kP256Bytes, nullptr);
  BIGNUM* const s = BN_bin2bn(bytes(signature) + kP256Bytes, kP256Bytes, nullptr);
  if (!both || ECDSA_SIG_set0(both.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &out);
  std::string der(reinterpret_cast<char*>(out), size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(out);
  return der;
}

bool is_signed_by(const json& described, const Algorithm& algorithm, std::string_view text,
                  const std::string& signature) {
  const bool rsa = std::string_view(algorithm.key_type) == "RSA";
  const PublicKey key = rsa ? rsa_key(described) : ec_key(described);
  const std::string der = rsa ? signature : der_of(signature);
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  if (!key || der.empty() || !context) return false;
  return EVP_DigestVerifyInit_ex(context.get(), nullptr, algorithm.digest, nullptr, nullptr, key.get(),
                                 nullptr) == 1 &&
         EVP_DigestVerify(context.get(), bytes(der), der.size(), bytes(text), text.size()) == 1;
}

// The keys of the set that may have signed: of the type, and of the name if the token names one.
std::vector<json> candidates(const std::string& jwks, const Algorithm& algorithm, const std::string& id) {
  const json set = parse_json(jwks);
  if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array() || set["keys"].size() > kMostKeys)
    throw UntrustedToken("The keys of the identity provider are malformed");
  std::vector<json> out;
  for (const json& key : set["keys"]) {
    if (!key.is_object() || text_of(key, "kty") != algorithm.key_type) continue;
    if (!id.empty() && text_of(key, "kid") != id) continue;
    if (const std::string use = text_of(key, "use"); !use.empty() && use != "sig") continue;
    if (const std::string alg = text_of(key, "alg"); !alg.empty() && alg != algorithm.name) continue;
    if (out.size() < kMostTried) out.push_back(key);
  }
  return out;
}

WebClaims claims_of(const json& payload) {
  WebClaims claims;
  claims.issuer = text_of(payload, "iss");
  claims.subject = text_of(payload, "sub");
  if (const auto aud = payload.find("aud"); aud != payload.end() && aud->is_array()) {
    for (const json& one : *aud)
      if (one.is_string()) claims.audiences.push_back(one.get<std::string>());
  } else if (const std::string one = text_of(payload, "aud"); !one.empty()) {
    claims.audiences.push_back(one);
  }
  // Who asked for the token stands for whom it is meant, if it says so. Source: IAM user guide, "azp".
  if (const std::string azp = text_of(payload, "azp"); !azp.empty()) claims.audiences = {azp};
  const auto expires = time_of(payload, "exp");
  if (claims.issuer.empty() || claims.subject.empty() || claims.audiences.empty() || !expires)
    throw UntrustedToken("The token lacks a claim: iss, sub, aud or exp");
  claims.expires = *expires;
  claims.not_before = time_of(payload, "nbf");
  return claims;
}

}  // namespace

std::string issuer_of(std::string_view token) { return text_of(object_of(parts_of(token).payload), "iss"); }

WebClaims verified_claims(std::string_view token, const std::string& jwks) {
  const Parts parts = parts_of(token);
  const json header = object_of(parts.header);
  const std::string name = text_of(header, "alg");
  const auto* const algorithm = std::find_if(std::begin(kAlgorithms), std::end(kAlgorithms),
                                             [&](const Algorithm& a) { return name == a.name; });
  if (algorithm == std::end(kAlgorithms)) throw UntrustedToken("The token is not signed with RS256 or ES256");
  if (header.contains("crit")) throw UntrustedToken("The token has an extension that is not known");
  const auto signature = decoded(parts.signature);
  if (!signature || signature->empty()) throw UntrustedToken("The token is malformed");
  for (const json& key : candidates(jwks, *algorithm, text_of(header, "kid")))
    if (is_signed_by(key, *algorithm, parts.signed_text, *signature))
      return claims_of(object_of(parts.payload));
  throw UntrustedToken("The signature of the token is not of a key of the identity provider");
}

}  // namespace millrace::sts
