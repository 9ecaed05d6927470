// ListKeyRotations: the rotations of a key, from the oldest on. Source: KMS API reference.
#include "api/kms/pages.h"
#include "api/kms/resources.h"
#include "api/kms/rotation.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

constexpr const char* kRotationsOnly = "ROTATIONS_ONLY";
const std::string kList = "ListKeyRotations of ";

struct ListKeyRotationsInput {
  std::string key;
  std::optional<std::string> include;
  std::optional<int> limit;
  std::optional<std::string> marker;
};
using In = ListKeyRotationsInput;
constexpr auto kInput =
    shape<In>(field("KeyId", &In::key, required, kKeyId),
              field("IncludeKeyMaterial", &In::include, one_of<"ALL_KEY_MATERIAL", "ROTATIONS_ONLY">),
              field("Limit", &In::limit, kLimit), field("Marker", &In::marker, kMarker));

struct RotationEntry {
  std::string key, material, state;
  std::optional<Time> date;
  std::optional<std::string> type;
};
constexpr auto kRotationEntry = shape<RotationEntry>(
    field("KeyId", &RotationEntry::key), field("KeyMaterialId", &RotationEntry::material),
    field("KeyMaterialState", &RotationEntry::state), field("RotationDate", &RotationEntry::date),
    field("RotationType", &RotationEntry::type));
struct ListKeyRotationsOutput {
  std::vector<RotationEntry> rotations;
  std::optional<std::string> next;
  bool truncated = false;
};
using Out = ListKeyRotationsOutput;
constexpr auto kOutput = shape<Out>(field("Rotations", &Out::rotations, kRotationEntry),
                                    field("NextMarker", &Out::next), field("Truncated", &Out::truncated));

// The first material of a key came by no rotation.
RotationEntry entry_of(const Key& key, const Material& m) {
  RotationEntry entry{key.id, m.id, &m == &key.materials.back() ? "CURRENT" : "NON_CURRENT", {}, {}};
  if (m.rotation.empty()) return entry;
  entry.date = m.created;
  entry.type = m.rotation;
  return entry;
}

asio::awaitable<Out> list_key_rotations(Kms& k, const Caller& caller, In in) {
  const FoundKey found = find_key_by_id(k, caller, in.key);
  const Key& key = *found.row;
  check_rotation_is_known(key);
  const bool with_first = in.include.value_or(kRotationsOnly) != kRotationsOnly;
  const std::string start = start_of_page(k, kList + key.id, in.marker);
  const auto limit = static_cast<std::size_t>(in.limit.value_or(100));
  std::vector<RotationEntry> entries;
  bool behind = start.empty();
  for (const Material& m : key.materials) {
    if (behind && entries.size() <= limit && (with_first || !m.rotation.empty()))
      entries.push_back(entry_of(key, m));
    behind = behind || m.id == start;
  }
  const auto name_of = [](const RotationEntry& entry) { return entry.material; };
  PageEnd end = end_page(k, kList + key.id, entries, limit, name_of);
  co_return Out{std::move(entries), std::move(end.next), end.truncated};
}

}  // namespace

extern const Operation kListKeyRotations;
const Operation kListKeyRotations =
    operation("ListKeyRotations", kInput, kOutput, list_key_rotations).reads().on(key_of_input);

}  // namespace millrace::kms
