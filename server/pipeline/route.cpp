#include "server/pipeline/route.h"

#include "api/core/authentication.h"

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
  // A POST to the root that nothing else tells apart is what a client of a JSON service sends.
  if (head.path() == "/" && head.method != "GET" && head.method != "HEAD")
    for (const Route& r : routes_)
      if (!r.target_prefix.empty()) return *r.service;
  return otherwise_;
}

}  // namespace millrace
