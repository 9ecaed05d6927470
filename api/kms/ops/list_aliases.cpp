// ListAliases: by name, those of AWS too, which have a key once they are used. Source: KMS API reference.
#include <algorithm>

#include "api/kms/pages.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct ListAliasesInput {
  std::optional<std::string> key;
  std::optional<int> limit;
  std::optional<std::string> marker;
};
using In = ListAliasesInput;
constexpr auto kInput = shape<In>(field("KeyId", &In::key, kKeyId), field("Limit", &In::limit, kLimit),
                                  field("Marker", &In::marker, kMarker));

struct AliasEntry {
  std::string name, arn;
  std::optional<std::string> key;
  std::optional<Time> created, updated;
};
constexpr auto kAliasEntry =
    shape<AliasEntry>(field("AliasName", &AliasEntry::name), field("AliasArn", &AliasEntry::arn),
                      field("TargetKeyId", &AliasEntry::key), field("CreationDate", &AliasEntry::created),
                      field("LastUpdatedDate", &AliasEntry::updated));
struct ListAliasesOutput {
  std::vector<AliasEntry> aliases;
  std::optional<std::string> next;
  bool truncated = false;
};
using Out = ListAliasesOutput;
constexpr auto kOutput = shape<Out>(field("Aliases", &Out::aliases, kAliasEntry),
                                    field("NextMarker", &Out::next), field("Truncated", &Out::truncated));

AliasEntry entry_of(const Alias& a) { return {a.name, a.arn(), a.key_id, a.created, a.updated}; }

// The aliases of AWS behind `start` that are not used yet. A few entries, which stay in order.
void add_unused(std::vector<AliasEntry>& entries, const Caller& caller, const std::string& start) {
  for (const std::string_view name : aws_aliases()) {
    const auto at = std::lower_bound(entries.begin(), entries.end(), name,
                                     [](const AliasEntry& e, std::string_view n) { return e.name < n; });
    if (name <= start || (at != entries.end() && at->name == name)) continue;
    const std::string text(name);
    entries.insert(at, {text, alias_arn(caller.region, caller.account, text), {}, {}, {}});
  }
}

asio::awaitable<Out> list_aliases(Kms& k, const Caller& caller, In in) {
  const auto limit = static_cast<std::size_t>(in.limit.value_or(50));
  const std::string start = start_of_page(k, "ListAliases", in.marker);
  std::vector<AliasEntry> entries;
  if (in.key) {
    const FoundKey found = find_key_by_id(k, caller, *in.key);
    for (const AliasPtr& a : k.store.aliases_of(*found.row))
      if (a->name > start) entries.push_back(entry_of(*a));
  } else {
    for (const AliasPtr& a : k.store.aliases(caller.account, caller.region, start, limit + 1))
      entries.push_back(entry_of(*a));
    add_unused(entries, caller, start);
  }
  const auto name_of = [](const AliasEntry& entry) { return entry.name; };
  PageEnd end = end_page(k, "ListAliases", entries, limit, name_of);
  co_return Out{std::move(entries), std::move(end.next), end.truncated};
}

}  // namespace

extern const Operation kListAliases;
const Operation kListAliases =
    operation("ListAliases", kInput, kOutput, list_aliases).reads().on(every_resource);

}  // namespace millrace::kms
