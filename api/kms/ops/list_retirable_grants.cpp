// ListRetirableGrants: the grants that a principal may retire, of all keys of the account and region. Source:
// KMS API reference.
#include "api/kms/grant_shapes.h"
#include "api/kms/pages.h"
#include "api/kms/resources.h"

namespace millrace::kms {

namespace {

constexpr const char* kList = "ListRetirableGrants";

struct ListRetirableGrantsInput {
  std::optional<int> limit;
  std::optional<std::string> marker, principal, service;
};
using In = ListRetirableGrantsInput;
constexpr auto kInput = shape<In>(field("Limit", &In::limit, kLimit), field("Marker", &In::marker, kMarker),
                                  field("RetiringPrincipal", &In::principal, kPrincipalId),
                                  field("RetiringServicePrincipal", &In::service, kServicePrincipal));

asio::awaitable<GrantList> list_retirable_grants(Kms& k, const Caller& caller, In in) {
  if (in.principal.has_value() == in.service.has_value())
    throw invalid("The request needs one of RetiringPrincipal and RetiringServicePrincipal.");
  const auto limit = static_cast<std::size_t>(in.limit.value_or(50));
  const std::string start = start_of_page(k, kList, in.marker);
  const auto wanted = [&](const Grant& g) {
    return in.principal ? g.retiring_principal == *in.principal : g.retiring_service == *in.service;
  };
  std::vector<GrantPtr> grants = k.store.grants(caller.account, caller.region, start, limit + 1, wanted);
  const auto name_of = [](const GrantPtr& g) { return g->key_id + "/" + g->id; };
  PageEnd end = end_page(k, kList, grants, limit, name_of);
  GrantList out{{}, std::move(end.next), end.truncated};
  for (const GrantPtr& g : grants) out.grants.push_back(entry_of(*g));
  co_return out;
}

}  // namespace

extern const Operation kListRetirableGrants;
const Operation kListRetirableGrants =
    operation("ListRetirableGrants", kInput, kGrantList, list_retirable_grants).reads().on(every_resource);

}  // namespace millrace::kms
