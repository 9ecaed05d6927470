// ListKeyPolicies: the one policy of a key, "default". Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct ListKeyPoliciesInput {
  std::string key;
  std::optional<std::string> marker;
};
using In = ListKeyPoliciesInput;
constexpr auto kInput =
    shape<In>(field("KeyId", &In::key, required, kKeyId),
              ignored<int>("Limit", "the list has one entry", kLimit), field("Marker", &In::marker, kMarker));

struct ListKeyPoliciesOutput {
  std::vector<std::string> names;
  bool truncated = false;  // so there is no NextMarker
};
using Out = ListKeyPoliciesOutput;
constexpr auto kOutput = shape<Out>(field("PolicyNames", &Out::names), field("Truncated", &Out::truncated));

asio::awaitable<Out> list_key_policies(Kms& k, const Caller& caller, In in) {
  (void)find_key_by_id(k, caller, in.key);
  if (in.marker) throw bad_marker();
  co_return Out{{"default"}, false};
}

}  // namespace

extern const Operation kListKeyPolicies;
const Operation kListKeyPolicies =
    operation("ListKeyPolicies", kInput, kOutput, list_key_policies).reads().on(key_of_input);

}  // namespace millrace::kms
