#include "tools/bench/signing.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>

namespace millrace::bench {
namespace {

std::optional<Keys> keys_in_use;

using Hash = std::array<unsigned char, 32>;

std::string_view bytes(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

std::string hex(const Hash& hash) {
  std::string out;
  for (const unsigned char byte : hash) out += fmt::format("{:02x}", byte);
  return out;
}

Hash sha256(std::string_view text) {
  Hash out{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha256(), nullptr);
  return out;
}

Hash hmac(std::string_view key, std::string_view text) {
  Hash out{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
  return out;
}

}  // namespace

void sign_with(std::optional<Keys> keys) { keys_in_use = std::move(keys); }

std::string signature_fields(std::string_view host, std::string_view service, std::string_view target,
                             std::string_view body) {
  if (!keys_in_use)
    return fmt::format(
        "X-Amz-Date: 20260101T000000Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIDBENCH/20260101/us-east-1/{}/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature={:064x}\r\n",
        service, 0);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string time = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(now));
  const std::string scope = fmt::format("{}/us-east-1/{}/aws4_request", time.substr(0, 8), service);
  const std::string canonical =
      fmt::format("POST\n/\n\nhost:{}\nx-amz-date:{}\nx-amz-target:{}\n\nhost;x-amz-date;x-amz-target\n{}",
                  host, time, target, hex(sha256(body)));
  const std::string to_sign =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, hex(sha256(canonical)));
  Hash key = hmac("AWS4" + keys_in_use->secret, time.substr(0, 8));
  for (const std::string_view part :
       {std::string_view("us-east-1"), service, std::string_view("aws4_request")})
    key = hmac(bytes(key), part);
  return fmt::format(
      "X-Amz-Date: {}\r\n"
      "Authorization: AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders=host;x-amz-date;x-amz-target, "
      "Signature={}\r\n",
      time, keys_in_use->access_key, scope, hex(hmac(bytes(key), to_sign)));
}

}  // namespace millrace::bench
