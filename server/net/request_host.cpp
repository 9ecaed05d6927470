#include "server/net/request_host.h"

#include <algorithm>

#include "api/core/authority.h"

namespace millrace::net {

namespace {

// The authority of a target that is a URL, which is cut off; nullopt: the target is no URL.
std::optional<std::string> take_authority(std::string& target) {
  const std::size_t scheme = target.starts_with("http://") ? 7 : target.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return std::nullopt;
  const std::size_t path = std::min(target.find_first_of("/?", scheme), target.size());
  std::string authority = target.substr(scheme, path - scheme);
  target.erase(0, path);
  if (!target.starts_with('/')) target.insert(0, "/");
  return authority;
}

}  // namespace

const char* settle_host(HttpRequest& request, unsigned minor_version) {
  const auto is_host = [](const auto& field) { return equals_ignoring_case(field.first, "host"); };
  const auto hosts = std::count_if(request.headers.begin(), request.headers.end(), is_host);
  if (hosts > 1) return "The request has more than one Host header.";
  if (hosts == 0 && minor_version > 0) return "The request has no Host header, which HTTP/1.1 requires.";
  std::string host(request.headers.get("host"));
  if (std::optional<std::string> authority = take_authority(request.target)) {
    host = std::move(*authority);
    if (host.empty()) return "The request's target is a URL without a host.";
    request.headers.set("Host", host);
  }
  if (!host.empty() && !parse_authority(host)) return "The request's Host is not of the form host[:port].";
  return nullptr;
}

}  // namespace millrace::net
