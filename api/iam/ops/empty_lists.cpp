// The lists of what identities cannot have here: passwords, MFA devices, certificates, SSH keys, instance
// profiles, aliases. Clients read them before they delete a user or role. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct OfUserInput : PageInput {
  std::optional<std::string> user;
};
constexpr auto kUserName = members(field("UserName", &OfUserInput::user, kExistingName<EntityKind::user>));
constexpr auto kOfUser = shape_of<OfUserInput>(kUserName, kPageInput);
constexpr const char* kNoneExist = "the list is empty, whatever it is filtered by";
constexpr auto kCredentialsInput =
    shape_of<OfUserInput>(kUserName, ignored<std::string>("ServiceName", kNoneExist),
                          ignored<bool>("AllUsers", kNoneExist), kPageInput);
struct OfRoleInput : PageInput {
  std::string role;
};
constexpr auto kOfRole = shape_of<OfRoleInput>(
    field("RoleName", &OfRoleInput::role, required, kExistingName<EntityKind::role>), kPageInput);
struct OfAccountInput : PageInput {};
constexpr auto kOfAccount = shape_of<OfAccountInput>(kPageInput);
constexpr auto kVirtualInput = shape_of<OfAccountInput>(
    ignored<std::string>("AssignmentStatus", kNoneExist, one_of<"Assigned", "Unassigned", "Any">),
    kPageInput);

struct EmptyOutput : PageOutput {
  std::vector<std::string> items;
};
template <FixedText Name>
constexpr auto kEmpty = shape_of<EmptyOutput>(kPageOutput, field(Name.text, &EmptyOutput::items));

asio::awaitable<EmptyOutput> of_user(Iam& iam, const Caller& caller, OfUserInput in) {
  if (in.user) (void)find_entity(iam, caller, EntityKind::user, *in.user);
  co_return EmptyOutput{};
}

asio::awaitable<EmptyOutput> of_role(Iam& iam, const Caller& caller, OfRoleInput in) {
  (void)find_entity(iam, caller, EntityKind::role, in.role);
  co_return EmptyOutput{};
}

asio::awaitable<EmptyOutput> of_account(Iam&, const Caller&, OfAccountInput) { co_return EmptyOutput{}; }

}  // namespace

extern const Operation kListMFADevices, kListSSHPublicKeys, kListSigningCertificates,
    kListServiceSpecificCredentials, kListInstanceProfilesForRole, kListAccountAliases,
    kListVirtualMFADevices;
const Operation kListMFADevices =
    operation("ListMFADevices", kOfUser, kEmpty<"MFADevices">, of_user).reads().on(user_of_input);
const Operation kListSSHPublicKeys =
    operation("ListSSHPublicKeys", kOfUser, kEmpty<"SSHPublicKeys">, of_user).reads().on(user_of_input);
const Operation kListSigningCertificates =
    operation("ListSigningCertificates", kOfUser, kEmpty<"Certificates">, of_user).reads().on(user_of_input);
const Operation kListServiceSpecificCredentials =
    operation("ListServiceSpecificCredentials", kCredentialsInput, kEmpty<"ServiceSpecificCredentials">,
              of_user)
        .reads()
        .on(user_of_input);
const Operation kListInstanceProfilesForRole =
    operation("ListInstanceProfilesForRole", kOfRole, kEmpty<"InstanceProfiles">, of_role)
        .reads()
        .on(role_of_input);
const Operation kListAccountAliases =
    operation("ListAccountAliases", kOfAccount, kEmpty<"AccountAliases">, of_account)
        .reads()
        .on(every_resource);
const Operation kListVirtualMFADevices =
    operation("ListVirtualMFADevices", kVirtualInput, kEmpty<"VirtualMFADevices">, of_account)
        .reads()
        .on(every_resource);

}  // namespace millrace::iam
