#include "server/net/http2_head.h"

#include <algorithm>
#include <array>

#include "api/core/ascii.h"
#include "api/core/authority.h"
#include "server/net/http1_head.h"

namespace millrace::net {

namespace {

// HTTP/2 has no place for these (RFC 9113, 8.2.2).
constexpr std::array<std::string_view, 5> kOfConnections{"connection", "keep-alive", "proxy-connection",
                                                         "transfer-encoding", "upgrade"};

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_host(std::string_view text) { return text.empty() || parse_authority(text).has_value(); }

}  // namespace

bool add_field(HttpRequest& request, std::string_view name, std::string_view value) {
  value = trim(value);
  if (name == ":method") {
    request.method = value;
  } else if (name == ":path") {
    request.target = value;
  } else if (name == ":authority") {
    request.headers.set("host", std::string(value));
    return is_host(value);
  } else if (name == "host") {
    const auto named = request.headers.find(name);  // by :authority, which comes first
    if (named) return equals_ignoring_case(*named, value);
    request.headers.add("host", std::string(value));
    return is_host(value);
  } else if (name == "cookie" && request.headers.find(name)) {
    // Clients may cut it for the sake of compression (RFC 9113, 8.2.3).
    std::string whole = std::string(*request.headers.find(name)) + "; " + std::string(value);
    request.headers.set("cookie", std::move(whole));
  } else if (!name.starts_with(':')) {
    request.headers.add(std::string(name), std::string(value));
  }
  return true;
}

Http2Head::Http2Head(const HttpResponse& response, std::optional<std::uint64_t> length)
    : status_(std::to_string(response.status)), length_(std::to_string(length.value_or(0))) {
  add(":status", status_);
  const auto count =
      static_cast<std::size_t>(std::distance(response.headers.begin(), response.headers.end()));
  names_.reserve(count);  // so that they stay in place
  fields.reserve(count + 3);
  for (const auto& [name, value] : response.headers) {
    // As over HTTP/1.1, where a line break would forge headers.
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) continue;
    names_.push_back(lowered(name));
    if (std::find(kOfConnections.begin(), kOfConnections.end(), names_.back()) != kOfConnections.end())
      continue;
    add(names_.back(), trim(value));
  }
  add("date", date_text());
  if (length) add("content-length", length_);
}

void Http2Head::add(std::string_view name, std::string_view value) {
  // nghttp2 copies both and changes neither.
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  fields.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
}

}  // namespace millrace::net
