// TagUser, TagRole, TagPolicy, and the operations that remove and list tags. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

using Tags = std::map<std::string, std::string>;

// What is tagged: a user or role by its name, or a managed policy by its ARN.
template <EntityKind K>
struct EntityTags {
  static constexpr auto kNamed = std::pair(kNameMember<K>, kExistingName<K>);
  static constexpr TagKeys kKeys = TagKeys::any_case;
  static constexpr ResourcesOf kResources = kEntityOfInput<K>;

  static Tags tags(const Iam& iam, const Caller& caller, const std::string& name) {
    return find_entity(iam, caller, K, name)->tags;
  }
  template <class F>
  static asio::awaitable<void> change(Iam& iam, const Caller& caller, std::string name, F f) {
    const auto change = [&f](Entity& entity) { f(entity.tags); };
    (void)co_await change_entity(iam, caller, K, std::move(name), change);
  }
};

struct PolicyTags {
  static constexpr auto kNamed = std::pair("PolicyArn", kArn);
  static constexpr TagKeys kKeys = TagKeys::exact;
  static constexpr ResourcesOf kResources = policy_of_input;

  static Tags tags(const Iam& iam, const Caller& caller, const std::string& arn) {
    return find_policy(iam, caller, arn)->tags;
  }
  template <class F>
  static asio::awaitable<void> change(Iam& iam, const Caller& caller, std::string arn, F f) {
    const auto change = [&f](ManagedPolicy& policy) { f(policy.tags); };
    (void)co_await change_policy(iam, caller, std::move(arn), change);
  }
};

template <class Of>
struct TagInput {
  std::string named;
  std::vector<Tag> tags;
};
template <class Of>
struct UntagInput {
  std::string named;
  std::vector<std::string> keys;
};
template <class Of>
struct ListTagsInput : PageInput {
  std::string named;
};
struct ListTagsOutput : PageOutput {
  std::vector<Tag> tags;
};

template <class Of, class In>
constexpr auto kNamed = field(Of::kNamed.first, &In::named, required, Of::kNamed.second);
template <class Of, class In = TagInput<Of>>
constexpr auto kTagInput = shape<In>(kNamed<Of, In>, field("Tags", &In::tags, required, kTagCount, kTag));
template <class Of, class In = UntagInput<Of>>
constexpr auto kUntagInput =
    shape<In>(kNamed<Of, In>, field("TagKeys", &In::keys, required, kTagCount, each(required, kTagKey)));
template <class Of, class In = ListTagsInput<Of>>
constexpr auto kListInput = shape_of<In>(kNamed<Of, In>, kPageInput);
constexpr auto kListOutput =
    shape_of<ListTagsOutput>(kPageOutput, field("Tags", &ListTagsOutput::tags, kTag));

template <class Of>
asio::awaitable<Nothing> tag(Iam& iam, const Caller& caller, TagInput<Of> in) {
  check_tags(in.tags, Of::kKeys);
  co_await Of::change(iam, caller, in.named, [&in](Tags& tags) { set_tags(tags, in.tags, Of::kKeys); });
  co_return Nothing{};
}

template <class Of>
asio::awaitable<Nothing> untag(Iam& iam, const Caller& caller, UntagInput<Of> in) {
  co_await Of::change(iam, caller, in.named, [&in](Tags& tags) { remove_tags(tags, in.keys, Of::kKeys); });
  co_return Nothing{};
}

template <class Of>
asio::awaitable<ListTagsOutput> list_tags(Iam& iam, const Caller& caller, ListTagsInput<Of> in) {
  ListTagsOutput out;
  const auto key_of = [](const Tag& one) { return one.key; };
  out.tags = page_of(tags_of(Of::tags(iam, caller, in.named)), in, out, key_of);
  co_return out;
}

template <class Of>
Operation tag_operation(const char* name) {
  return operation(name, kTagInput<Of>, kNothing, tag<Of>).writes().on(Of::kResources);
}
template <class Of>
Operation untag_operation(const char* name) {
  return operation(name, kUntagInput<Of>, kNothing, untag<Of>).writes().on(Of::kResources);
}
template <class Of>
Operation list_operation(const char* name) {
  return operation(name, kListInput<Of>, kListOutput, list_tags<Of>).reads().on(Of::kResources);
}

using UserTags = EntityTags<EntityKind::user>;
using RoleTags = EntityTags<EntityKind::role>;

}  // namespace

extern const Operation kTagUser, kTagRole, kTagPolicy, kUntagUser, kUntagRole, kUntagPolicy, kListUserTags,
    kListRoleTags, kListPolicyTags;
const Operation kTagUser = tag_operation<UserTags>("TagUser");
const Operation kTagRole = tag_operation<RoleTags>("TagRole");
const Operation kTagPolicy = tag_operation<PolicyTags>("TagPolicy");
const Operation kUntagUser = untag_operation<UserTags>("UntagUser");
const Operation kUntagRole = untag_operation<RoleTags>("UntagRole");
const Operation kUntagPolicy = untag_operation<PolicyTags>("UntagPolicy");
const Operation kListUserTags = list_operation<UserTags>("ListUserTags");
const Operation kListRoleTags = list_operation<RoleTags>("ListRoleTags");
const Operation kListPolicyTags = list_operation<PolicyTags>("ListPolicyTags");

}  // namespace millrace::iam
