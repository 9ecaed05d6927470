#include "server/pipeline/route.h"

#include "api/core/authentication.h"
#include "api/core/protocols/codec.h"
#include "api/core/protocols/query.h"
#include "server/pipeline/steps.h"

namespace millrace {

Service& Routes::find(const HttpRequest& head) const {
  const std::string_view target = head.headers.get("x-amz-target");
  if (!target.empty())
    for (const Route& r : routes_)
      if (!r.target_prefix.empty() && target.starts_with(r.target_prefix)) return *r.service;
  const Credential credential = credential_of(head);
  for (const Route& r : routes_)
    if (credential.service == r.service->name()) return *r.service;
  if (credential.service == otherwise_.name()) return otherwise_;
  for (const Route& r : routes_)
    for (const char* prefix : r.path_prefixes)
      if (head.path().starts_with(prefix)) return *r.service;
  // A form without a signature: the error is in the form of Query, whichever service it is for.
  if (head.path() == "/" && sends_query(head))
    for (const Route& r : routes_)
      if (r.service->model().speaks(Protocol::query)) return *r.service;
  // A POST to the root that nothing else tells apart is what a client of a JSON service sends.
  if (head.path() == "/" && head.method != "GET" && head.method != "HEAD")
    for (const Route& r : routes_)
      if (!r.target_prefix.empty()) return *r.service;
  return otherwise_;
}

std::vector<std::string> Routes::names() const {
  std::vector<std::string> out;
  for (const Route& r : routes_) out.emplace_back(r.service->name());
  out.emplace_back(otherwise_.name());
  return out;
}

namespace steps {

void find_service(const PipelineParts& parts, Context& context) {
  const HttpRequest& head = context.request.http;
  const bool own_page = OwnPages::is_for(head);
  context.plain = own_page || Admin::is_for(head);
  if (!context.plain)
    context.service = &parts.routes.find(head);
  else if (own_page)
    context.service = &parts.own_pages;
  else
    context.service = &parts.admin;
  Request& request = context.request;
  request.model = &context.service->model();
  if (!context.plain) request.protocol = protocol_of(*request.model, head);
}

}  // namespace steps

}  // namespace millrace
