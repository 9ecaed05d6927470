// CreateGroup: a group without users. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct CreateGroupInput {
  std::optional<std::string> path;
  std::string name;
};
using In = CreateGroupInput;
constexpr auto kInput = shape<In>(field("Path", &In::path, kPath),
                                  field("GroupName", &In::name, required, kNewName<EntityKind::group>));
struct CreateGroupOutput {
  GroupOutput group;
};
constexpr auto kOutput = shape<CreateGroupOutput>(field("Group", &CreateGroupOutput::group, kGroup));

asio::awaitable<CreateGroupOutput> create_group(Iam& iam, const Caller& caller, In in) {
  check_name(in.name, "groupName");
  Entity group = new_entity(iam, caller, EntityKind::group, in.name, in.path);
  const EntityPtr added = co_await add_entity(iam, std::move(group));
  co_return CreateGroupOutput{output_of(iam, *added, Detail::listed)};
}

}  // namespace

extern const Operation kCreateGroup;
const Operation kCreateGroup =
    operation("CreateGroup", kInput, kOutput, create_group).writes().on(group_of_input);

}  // namespace millrace::iam
