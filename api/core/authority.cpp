#include "api/core/authority.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "api/core/ascii.h"

namespace millrace {

namespace {

namespace ip = boost::asio::ip;

// RFC 3986's reg-name without percent-encoded bytes, which no client sends (WHATWG URL, "host parsing") and
// which could hide a control character.
bool is_name(std::string_view text) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

constexpr const char* kPrivateNames[] = {"localhost", "*.localhost", "*.local", "*.internal"};

}  // namespace

bool Authority::is_private_name() const {
  if (is_address) return false;
  return host.find('.') == std::string::npos ||
         std::any_of(std::begin(kPrivateNames), std::end(kPrivateNames),
                     [this](std::string_view pattern) { return host_matches(host, pattern); });
}

bool Authority::is_loopback() const {
  if (!is_address) return host == "localhost" || host.ends_with(".localhost");
  boost::system::error_code none;
  const ip::address address = ip::make_address(host, none);
  if (none) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, address.to_v6()).is_loopback();
  return address.is_loopback();
}

std::optional<Authority> parse_authority(std::string_view text) {
  Authority out;
  std::string_view host, rest;
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return std::nullopt;
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    host = text.substr(0, text.find(':'));
    rest = text.substr(host.size());
  }
  if (!rest.empty()) {
    if (!rest.starts_with(':') || rest.size() > 6) return std::nullopt;
    if (rest.size() > 1 && !is_digits(rest.substr(1))) return std::nullopt;  // a port may be empty
    out.port = rest.substr(1);
  }
  boost::system::error_code none;
  if (bracketed) {
    (void)ip::make_address_v6(std::string(host), none);
    if (none) return std::nullopt;
    out.is_address = true;
  } else {
    if (!is_name(host)) return std::nullopt;
    (void)ip::make_address_v4(std::string(host), none);
    out.is_address = !none;
    if (!out.is_address && host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  }
  out.host = lowered(std::string(host));
  return out;
}

std::optional<Origin> parse_origin(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == text.npos || end == 0) return std::nullopt;
  const auto authority = parse_authority(text.substr(end + 3));
  if (!authority) return std::nullopt;
  Origin out{lowered(std::string(text.substr(0, end))), *authority};
  const char* const own = out.scheme == "http" ? "80" : out.scheme == "https" ? "443" : "";
  if (out.authority.port == own) out.authority.port.clear();
  return out;
}

std::optional<Origin> origin_of_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == url.npos) return std::nullopt;
  url = url.substr(0, url.find_first_of("/?#", scheme + 3));
  const std::size_t user = url.rfind('@');
  if (user == url.npos) return parse_origin(url);
  return parse_origin(std::string(url.substr(0, scheme + 3)) + std::string(url.substr(user + 1)));
}

bool host_matches(std::string_view host, std::string_view pattern) {
  if (!pattern.starts_with("*.")) return host == pattern;
  const std::string_view end = pattern.substr(1);
  return host.size() > end.size() && host.ends_with(end);
}

}  // namespace millrace
