// TagResource: tags of a key, new or with new values. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/shapes.h"
#include "api/kms/tags.h"

namespace millrace::kms {

namespace {

struct TagResourceInput {
  std::string key;
  std::vector<Tag> tags;
};
using In = TagResourceInput;
constexpr auto kInput =
    shape<In>(field("KeyId", &In::key, required, kKeyId), field("Tags", &In::tags, required, kTag));

asio::awaitable<Nothing> tag_resource(Kms& k, const Caller& caller, In in) {
  const auto change = [&](Key& key) {
    check_not_pending(key);
    add_tags(key.tags, in.tags);
  };
  (void)co_await change_key(k, caller, std::move(in.key), change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kTagResource;
const Operation kTagResource =
    operation("TagResource", kInput, kNothing, tag_resource).writes().on(key_of_input);

}  // namespace millrace::kms
