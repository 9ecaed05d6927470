#include "api/sts/web_token.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>

#include "api/core/base64.h"
#include "api/core/json.h"

namespace millrace::sts {
namespace {

using nlohmann::json;

std::string url_encoded(std::string_view bytes) {
  std::string out = base64_encode(bytes);
  for (char& c : out) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return out.substr(0, out.find('='));
}

// An identity provider with a key.
class Provider {
 public:
  explicit Provider(bool rsa = true)
      : rsa_(rsa), key_(rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"), EVP_PKEY_free) {}

  [[nodiscard]] std::string jwks(const std::string& id = "k1") const {
    json key{{"kid", id}, {"use", "sig"}, {"kty", rsa_ ? "RSA" : "EC"}};
    if (rsa_) {
      key["n"] = number(OSSL_PKEY_PARAM_RSA_N);
      key["e"] = number(OSSL_PKEY_PARAM_RSA_E);
    } else {
      key["crv"] = "P-256";
      key["x"] = number(OSSL_PKEY_PARAM_EC_PUB_X);
      key["y"] = number(OSSL_PKEY_PARAM_EC_PUB_Y);
    }
    return json{{"keys", {{{"kty", "oct"}, {"k", "AA"}}, key}}}.dump();
  }

  [[nodiscard]] std::string token(json claims, json header = {}) const {
    if (!header.contains("alg")) header["alg"] = rsa_ ? "RS256" : "ES256";
    const std::string text = url_encoded(header.dump()) + "." + url_encoded(claims.dump());
    return text + "." + url_encoded(signature(text));
  }

 private:
  [[nodiscard]] std::string number(const char* name) const {
    BIGNUM* n = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key_.get(), name, &n), 1);
    std::string out(rsa_ ? static_cast<std::size_t>(BN_num_bytes(n)) : 32, '\0');
    BN_bn2binpad(n, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
    BN_free(n);
    return url_encoded(out);
  }
  [[nodiscard]] std::string signature(const std::string& text) const {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    std::size_t size = 0;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    EVP_DigestSignInit_ex(context, nullptr, "SHA256", nullptr, nullptr, key_.get(), nullptr);
    EVP_DigestSign(context, nullptr, &size, bytes, text.size());
    std::string out(size, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size());
    EVP_MD_CTX_free(context);
    out.resize(size);
    return rsa_ ? out : raw(out);
  }
  static std::string raw(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* const both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string out(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(both), reinterpret_cast<unsigned char*>(out.data()), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(both), reinterpret_cast<unsigned char*>(out.data()) + 32, 32);
    ECDSA_SIG_free(both);
    return out;
  }

  bool rsa_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

const json kClaims{{"iss", "https://ci.example"}, {"sub", "repo:x"}, {"aud", "sts"}, {"exp", 1800000000}};

std::string refusal(const std::string& token, const std::string& jwks) {
  try {
    (void)verified_claims(token, jwks);
    return "";
  } catch (const UntrustedToken& e) {
    return e.what();
  }
}

TEST(WebToken, ClaimsAreReadOutOfWhatAKeySigned) {
  for (const bool rsa : {true, false}) {
    const Provider provider(rsa);
    json claims = kClaims;
    claims["nbf"] = 1700000000.5;
    const std::string token = provider.token(claims, {{"kid", "k1"}});
    EXPECT_EQ(issuer_of(token), "https://ci.example");
    const WebClaims read = verified_claims(token, provider.jwks());
    EXPECT_EQ(read.subject, "repo:x");
    EXPECT_EQ(read.audiences, std::vector<std::string>{"sts"});
    EXPECT_EQ(read.expires, Time(std::chrono::seconds(1800000000)));
    EXPECT_EQ(*read.not_before, Time(std::chrono::milliseconds(1700000000500)));
    EXPECT_EQ(verified_claims(provider.token(kClaims), provider.jwks()).subject, "repo:x")
        << "no key is named";
  }
}

TEST(WebToken, OtherKeysAndChangedTokensAreRefused) {
  const Provider provider, other;
  const std::string token = provider.token(kClaims, {{"kid", "k1"}});
  const std::string wrong = "The signature of the token is not of a key of the identity provider";
  EXPECT_EQ(refusal(token, other.jwks()), wrong);
  EXPECT_EQ(refusal(token, provider.jwks("k2")), wrong);
  EXPECT_EQ(refusal(token, Provider(false).jwks()), wrong);
  const std::size_t dot = token.find('.');
  json claims = kClaims;
  claims["sub"] = "repo:y";
  EXPECT_EQ(refusal(token.substr(0, dot + 1) + url_encoded(claims.dump()) + token.substr(token.rfind('.')),
                    provider.jwks()),
            wrong);
}

TEST(WebToken, AlgorithmsThatProveNothingAreRefused) {
  const Provider provider;
  for (const char* alg : {"none", "HS256", "rs256", ""})
    EXPECT_EQ(refusal(provider.token(kClaims, {{"alg", alg}}), provider.jwks()),
              "The token is not signed with RS256 or ES256")
        << alg;
  const std::string token = provider.token(kClaims, {{"alg", "RS256"}});
  EXPECT_EQ(refusal(token.substr(0, token.rfind('.') + 1), provider.jwks()), "The token is malformed");
}

TEST(WebToken, WhatIsNoTokenIsRefused) {
  const Provider provider;
  for (const std::string& text :
       {std::string(), std::string("a.b.c"), std::string("..."), std::string(".."),
        "x" + provider.token(kClaims), provider.token(kClaims) + ".x", std::string(kMaxWebToken + 1, 'a')})
    EXPECT_EQ(refusal(text, provider.jwks()), "The token is malformed") << text.substr(0, 50);
  for (const char* keys : {"", "[]", "{}", R"({"keys":{}})"})
    EXPECT_EQ(refusal(provider.token(kClaims), keys), "The keys of the identity provider are malformed")
        << keys;
  for (const char* missing : {"iss", "sub", "aud", "exp"}) {
    json claims = kClaims;
    claims.erase(missing);
    EXPECT_EQ(refusal(provider.token(claims), provider.jwks()),
              "The token lacks a claim: iss, sub, aud or exp");
  }
  json later = kClaims;
  later["exp"] = 1e300;
  EXPECT_NE(refusal(provider.token(later), provider.jwks()), "");
}

}  // namespace
}  // namespace millrace::sts
