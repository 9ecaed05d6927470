#include "api/s3/addressing.h"

#include <algorithm>

#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxKeyBytes = 1024;
constexpr std::string_view kVirtualHostEnd = ".localhost";

// The bucket in front of ".localhost" in the Host header; empty: path style.
std::string_view virtual_host_bucket(const Headers& headers) {
  std::string_view host = headers.get("host");
  host = host.substr(0, host.rfind(':'));
  if (host.size() <= kVirtualHostEnd.size() || !host.ends_with(kVirtualHostEnd)) return {};
  return host.substr(0, host.size() - kVirtualHostEnd.size());
}

bool looks_like_ip(std::string_view name) {
  return std::count(name.begin(), name.end(), '.') == 3 &&
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

// The length of the UTF-8 sequence that begins the text; 0 if none does.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t n = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (n == 0 || text.size() < n) return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const unsigned second = byte(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second >= 0xA0;
  const bool beyond = first == 0xF4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : n;
}

// Whether every '%' is followed by two hexadecimal digits.
bool is_encoded_well(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1))
    if (at + 2 >= path.size() || path.substr(at + 1, 2).find_first_not_of(kDigits) != std::string_view::npos)
      return false;
  return true;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t n = sequence_length(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

bool is_bucket_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return false;
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (!alphanumeric(name.front()) || !alphanumeric(name.back())) return false;
  if (!std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '-' || c == '.'; }))
    return false;
  return name.find("..") == std::string_view::npos && !looks_like_ip(name);
}

void check_key(std::string_view key) {
  if (key.size() > kMaxKeyBytes) throw key_too_long(key.size());
  if (!is_utf8(key)) throw invalid_uri();
}

std::string path_of(const HttpRequest& http) {
  const std::string_view host = virtual_host_bucket(http.headers);
  return host.empty() ? std::string(http.path()) : "/" + percent_encode(host).append(http.path());
}

Head head_of(Request& request) {
  Head head{.request = request, .query = parse_query(request.http.query()), .bucket = "", .key = ""};
  std::string_view path = request.http.path();
  if (!path.starts_with('/') || !is_encoded_well(path)) throw invalid_uri();
  path.remove_prefix(1);
  if (const std::string_view host = virtual_host_bucket(request.http.headers); !host.empty()) {
    head.bucket = host;
  } else {
    const std::string_view bucket = path.substr(0, path.find('/'));
    head.bucket = percent_decode(bucket);
    path.remove_prefix(std::min(bucket.size() + 1, path.size()));
  }
  head.key = percent_decode(path);
  if (head.bucket.empty() && !head.key.empty()) throw invalid_uri();
  if (!head.bucket.empty() && !is_bucket_name(head.bucket)) throw invalid_bucket_name(head.bucket);
  check_key(head.key);
  return head;
}

}  // namespace millrace::s3
