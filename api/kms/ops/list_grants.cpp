// ListGrants: the grants of a key, in the order of their ids. Source: KMS API reference.
#include "api/kms/grant_shapes.h"
#include "api/kms/pages.h"
#include "api/kms/resources.h"

namespace millrace::kms {

namespace {

const std::string kList = "ListGrants of ";

struct ListGrantsInput {
  std::optional<int> limit;
  std::optional<std::string> marker;
  std::string key;
  std::optional<std::string> id, grantee, grantee_service;
};
using In = ListGrantsInput;
constexpr auto kInput =
    shape<In>(field("Limit", &In::limit, kLimit), field("Marker", &In::marker, kMarker),
              field("KeyId", &In::key, required, kKeyId), field("GrantId", &In::id, kGrantId),
              field("GranteePrincipal", &In::grantee, kPrincipalId),
              field("GranteeServicePrincipal", &In::grantee_service, kServicePrincipal));

bool is_wanted(const In& in, const Grant& g) {
  return (!in.id || *in.id == g.id) && (!in.grantee || *in.grantee == g.grantee) &&
         (!in.grantee_service || *in.grantee_service == g.grantee_service);
}

asio::awaitable<GrantList> list_grants(Kms& k, const Caller& caller, In in) {
  const FoundKey found = find_key_by_id(k, caller, in.key);
  const auto limit = static_cast<std::size_t>(in.limit.value_or(50));
  const std::string list = kList + found.row->id;
  const std::string start = start_of_page(k, list, in.marker);
  GrantList out;
  for (const GrantPtr& g : k.store.grants(*found.row, start, SIZE_MAX)) {
    if (is_wanted(in, *g)) out.grants.push_back(entry_of(*g));
    if (out.grants.size() > limit) break;
  }
  PageEnd end = end_page(k, list, out.grants, limit, [](const GrantListEntry& e) { return e.id; });
  out.next = std::move(end.next);
  out.truncated = end.truncated;
  co_return out;
}

}  // namespace

extern const Operation kListGrants;
const Operation kListGrants =
    operation("ListGrants", kInput, kGrantList, list_grants).reads().on(key_of_input);

}  // namespace millrace::kms
