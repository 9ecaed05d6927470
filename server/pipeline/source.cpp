// From which address a request comes, where proxies pass it on.
#include "server/pipeline/source.h"

#include <boost/asio/ip/address.hpp>

#include "server/pipeline/steps.h"

namespace millrace {

namespace {

using boost::asio::ip::address;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "192.0.2.1", "2001:db8::1", and with a port, as some proxies write it: "192.0.2.1:4711",
// "[2001:db8::1]:4711".
std::optional<address> address_of(std::string_view text) {
  if (text.size() > 64) return std::nullopt;
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (const std::size_t colon = text.find(':'); colon == text.rfind(':')) {
    text = text.substr(0, colon);
  }
  boost::system::error_code failed;
  const address parsed = boost::asio::ip::make_address(std::string(text), failed);
  if (failed) return std::nullopt;
  return unmapped(parsed);
}

}  // namespace

std::string source_of(const HttpRequest& head, const Networks& proxies) {
  boost::system::error_code failed;
  address source = boost::asio::ip::make_address(head.source, failed);
  if (failed) return head.source;
  // From the nearest to the farthest: each proxy adds at the end whom it was asked by.
  for (auto field = std::make_reverse_iterator(head.headers.end()),
            last = std::make_reverse_iterator(head.headers.begin());
       field != last; ++field) {
    if (!equals_ignoring_case(field->first, "x-forwarded-for")) continue;
    for (std::string_view list = field->second;;) {
      if (!proxies.contains(source)) return source.to_string();
      const std::size_t comma = list.rfind(',');
      const auto next = address_of(trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1)));
      if (!next) return source.to_string();
      source = *next;
      if (comma == std::string_view::npos) break;
      list = list.substr(0, comma);
    }
  }
  return source.to_string();
}

namespace steps {

void find_source(const PipelineParts& parts, Context& context) {
  if (parts.proxies.empty()) return;
  HttpRequest& head = context.request.http;
  boost::system::error_code failed;
  const address peer = boost::asio::ip::make_address(head.source, failed);
  if (failed || !parts.proxies.contains(peer)) return;
  if (equals_ignoring_case(head.headers.get("x-forwarded-proto"), "https")) head.secure = true;
  head.source = source_of(head, parts.proxies);
}

}  // namespace steps

}  // namespace millrace
