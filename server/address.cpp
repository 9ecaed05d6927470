#include "server/address.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <stdexcept>

#include "server/network.h"

namespace millrace {

bool is_loopback(const Address& address) {
  boost::system::error_code failed;
  const auto parsed = boost::asio::ip::make_address(address.host, failed);
  return address.host == "localhost" || (!failed && unmapped(parsed).is_loopback());
}

Address parse_address(const std::string& text) {
  const auto wrong = [&] {
    return std::runtime_error("--listen: \"" + text +
                              "\" is not an address:port such as 127.0.0.1:4567 or [::1]:4567");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) throw wrong();
  Address out;
  out.host = text.substr(0, colon);
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']')
    out.host = out.host.substr(1, out.host.size() - 2);
  if (out.host == "localhost") out.host = "127.0.0.1";
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, out.port);
  if (error != std::errc() || stop != end) throw wrong();
  return out;
}

std::string local_url(const Address& address) {
  std::string host = address.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(address.port);
}

std::string host_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  std::string host = url.substr(scheme == std::string::npos ? 0 : scheme + 3);
  host.resize(std::min(host.find('/'), host.size()));
  if (host.starts_with('[')) return host.substr(1, std::min(host.find(']'), host.size()) - 1);
  host.resize(std::min(host.find(':'), host.size()));
  return host;
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace millrace
