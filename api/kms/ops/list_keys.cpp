// ListKeys: the keys of an account in a region, in the order of their ids. Source: KMS API reference.
#include <algorithm>

#include "api/kms/pages.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct ListKeysInput {
  std::optional<int> limit;
  std::optional<std::string> marker;
  std::optional<std::vector<std::string>> owners;
};
using In = ListKeysInput;
constexpr auto kInput = shape<In>(
    field("Limit", &In::limit, kLimit), field("Marker", &In::marker, kMarker),
    field("ResourceOwners", &In::owners, length(1, 2), each(one_of<"SELF", "OTHER_ACCOUNTS_VIA_RAM">)));

struct KeyListEntry {
  std::string id, arn;
};
constexpr auto kKeyListEntry =
    shape<KeyListEntry>(field("KeyId", &KeyListEntry::id), field("KeyArn", &KeyListEntry::arn));
struct ListKeysOutput {
  std::vector<KeyListEntry> keys;
  std::optional<std::string> next;
  bool truncated = false;
};
using Out = ListKeysOutput;
constexpr auto kOutput = shape<Out>(field("Keys", &Out::keys, kKeyListEntry), field("NextMarker", &Out::next),
                                    field("Truncated", &Out::truncated));

asio::awaitable<Out> list_keys(Kms& k, const Caller& caller, In in) {
  const auto limit = static_cast<std::size_t>(in.limit.value_or(100));
  const std::string start = start_of_page(k, "ListKeys", in.marker);
  // No account shares keys with another one here.
  if (in.owners && std::find(in.owners->begin(), in.owners->end(), "SELF") == in.owners->end())
    co_return Out{};
  std::vector<KeyPtr> keys = k.store.keys(caller.account, caller.region, start, limit + 1);
  PageEnd end = end_page(k, "ListKeys", keys, limit, [](const KeyPtr& key) { return key->id; });
  Out out;
  out.next = std::move(end.next);
  out.truncated = end.truncated;
  for (const KeyPtr& key : keys) out.keys.push_back({key->id, key->arn()});
  co_return out;
}

}  // namespace

extern const Operation kListKeys;
const Operation kListKeys = operation("ListKeys", kInput, kOutput, list_keys).reads().on(every_resource);

}  // namespace millrace::kms
