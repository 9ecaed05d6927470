#include "server/pipeline/host.h"

#include <algorithm>

#include "api/core/ascii.h"
#include "server/pipeline/refusal.h"
#include "server/pipeline/steps.h"

namespace millrace {

HostCheck::HostCheck(const std::string& public_url, std::vector<std::string> allowed) {
  if (const auto origin = origin_of_url(public_url)) allowed_.push_back(origin->authority.host);
  for (std::string& host : allowed) allowed_.push_back(lowered(std::move(host)));
}

bool HostCheck::is_known(const Authority& authority) const {
  const auto fits = [&](std::string_view pattern) {
    return pattern == "*" || host_matches(authority.host, pattern);
  };
  return authority.is_address || authority.is_private_name() ||
         std::any_of(allowed_.begin(), allowed_.end(), fits);
}

std::optional<std::string> HostCheck::refusal(const HttpRequest& head) const {
  const std::string_view text = head.headers.get("host");
  // Most requests of a thread are for one name.
  thread_local std::pair<const HostCheck*, std::string> last;
  if (text.empty() || (last.first == this && last.second == text)) return std::nullopt;
  const auto authority = parse_authority(text);
  if (!authority || !is_known(*authority))
    return "This server does not accept the host name \"" + std::string(text) +
           "\". If the name belongs to this server, start the server with --allow-hosts " +
           (authority ? authority->host : "NAME") + ".";
  last = {this, std::string(text)};
  return std::nullopt;
}

namespace steps {

void check_host(const PipelineParts& parts, Context& context) {
  const auto refusal = parts.hosts.refusal(context.request.http);
  if (!refusal) return;
  context.request.operation = "(unknown host)";
  throw access_refused(*context.service, *refusal);
}

}  // namespace steps

}  // namespace millrace
