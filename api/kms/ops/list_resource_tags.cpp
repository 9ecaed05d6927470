// ListResourceTags: the tags of a key, in the order of their names. Source: KMS API reference.
#include "api/kms/pages.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"
#include "api/kms/tags.h"

namespace millrace::kms {

namespace {

const std::string kList = "ListResourceTags of ";

struct ListResourceTagsInput {
  std::string key;
  std::optional<int> limit;
  std::optional<std::string> marker;
};
using In = ListResourceTagsInput;
constexpr auto kInput = shape<In>(field("KeyId", &In::key, required, kKeyId),
                                  field("Limit", &In::limit, kLimit), field("Marker", &In::marker, kMarker));

struct ListResourceTagsOutput {
  std::vector<Tag> tags;
  std::optional<std::string> next;
  bool truncated = false;
};
using Out = ListResourceTagsOutput;
constexpr auto kOutput = shape<Out>(field("Tags", &Out::tags, kTag), field("NextMarker", &Out::next),
                                    field("Truncated", &Out::truncated));

asio::awaitable<Out> list_resource_tags(Kms& k, const Caller& caller, In in) {
  const FoundKey found = find_key_by_id(k, caller, in.key);
  const auto limit = static_cast<std::size_t>(in.limit.value_or(50));
  const std::string list = kList + found.row->id;
  const std::string start = start_of_page(k, list, in.marker);
  Out out;
  for (auto at = found.row->tags.upper_bound(start); at != found.row->tags.end(); ++at)
    out.tags.push_back({at->first, at->second});
  PageEnd end = end_page(k, list, out.tags, limit, [](const Tag& tag) { return tag.key; });
  out.next = std::move(end.next);
  out.truncated = end.truncated;
  co_return out;
}

}  // namespace

extern const Operation kListResourceTags;
const Operation kListResourceTags =
    operation("ListResourceTags", kInput, kOutput, list_resource_tags).reads().on(key_of_input);

}  // namespace millrace::kms
