// Where a request is for: the Host header (HTTP/2: `:authority`) and the origin of the page that sent it.
// Sources: RFC 9110, 7.2; RFC 3986, 3.2; RFC 6454, 7 (Origin).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct Authority {
  std::string host;         // in small letters, without a dot at its end; of an IPv6 address without brackets
  std::string port;         // digits; empty: the scheme's own
  bool is_address = false;  // IPv4 or IPv6

  // Whether it is a name that nobody can register: one without a dot, localhost, or a name under localhost,
  // local or internal.
  [[nodiscard]] bool is_private_name() const;
  // Whether it is this machine's own: localhost, a name under it, 127.0.0.0/8, ::1.
  [[nodiscard]] bool is_loopback() const;
  friend bool operator==(const Authority&, const Authority&) = default;
};

// host [":" port]. nullopt for another form, an empty host included.
[[nodiscard]] std::optional<Authority> parse_authority(std::string_view text);

struct Origin {
  std::string scheme;
  Authority authority;  // without the port that is the scheme's own
  friend bool operator==(const Origin&, const Origin&) = default;
};

// scheme "://" host [":" port]. nullopt for another form, and for "null", which pages have that hide theirs.
[[nodiscard]] std::optional<Origin> parse_origin(std::string_view text);
// The origin of a URL: what follows the host and port is not looked at.
[[nodiscard]] std::optional<Origin> origin_of_url(std::string_view url);

// Whether `host` is `pattern`, or, where that is "*.NAME", ends with ".NAME".
[[nodiscard]] bool host_matches(std::string_view host, std::string_view pattern);

}  // namespace millrace
