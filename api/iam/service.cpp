#include "api/iam/service.h"

#include "api/core/protocols/codec.h"
#include "api/iam/errors.h"

namespace millrace::iam {

extern const Operation kAddUserToGroup, kAttachGroupPolicy, kAttachRolePolicy, kAttachUserPolicy,
    kCreateAccessKey, kCreateGroup, kCreatePolicy, kCreatePolicyVersion, kCreateRole, kCreateUser,
    kDeleteAccessKey, kDeleteGroup, kDeleteGroupPolicy, kDeleteLoginProfile, kDeletePolicy,
    kDeletePolicyVersion, kDeleteRole, kDeleteRolePermissionsBoundary, kDeleteRolePolicy, kDeleteUser,
    kDeleteUserPermissionsBoundary, kDeleteUserPolicy, kDetachGroupPolicy, kDetachRolePolicy,
    kDetachUserPolicy, kGetAccessKeyLastUsed, kGetAccountPasswordPolicy, kGetAccountSummary,
    kGetContextKeysForCustomPolicy, kGetContextKeysForPrincipalPolicy, kGetGroup, kGetGroupPolicy,
    kGetLoginProfile, kGetPolicy, kGetPolicyVersion, kGetRole, kGetRolePolicy, kGetUser, kGetUserPolicy,
    kListAccessKeys, kListAccountAliases, kListAttachedGroupPolicies, kListAttachedRolePolicies,
    kListAttachedUserPolicies, kListEntitiesForPolicy, kListGroupPolicies, kListGroups, kListGroupsForUser,
    kListInstanceProfilesForRole, kListMFADevices, kListPolicies, kListPolicyTags, kListPolicyVersions,
    kListRolePolicies, kListRoleTags, kListRoles, kListSSHPublicKeys, kListServiceSpecificCredentials,
    kListSigningCertificates, kListUserPolicies, kListUserTags, kListUsers, kListVirtualMFADevices,
    kPutGroupPolicy, kPutRolePermissionsBoundary, kPutRolePolicy, kPutUserPermissionsBoundary, kPutUserPolicy,
    kRemoveUserFromGroup, kSetDefaultPolicyVersion, kSimulateCustomPolicy, kSimulatePrincipalPolicy,
    kTagPolicy, kTagRole, kTagUser, kUntagPolicy, kUntagRole, kUntagUser, kUpdateAccessKey,
    kUpdateAssumeRolePolicy, kUpdateGroup, kUpdateRole, kUpdateRoleDescription, kUpdateUser;

namespace {

const Operation* const kOperations[] = {
    &kAddUserToGroup,
    &kAttachGroupPolicy,
    &kAttachRolePolicy,
    &kAttachUserPolicy,
    &kCreateAccessKey,
    &kCreateGroup,
    &kCreatePolicy,
    &kCreatePolicyVersion,
    &kCreateRole,
    &kCreateUser,
    &kDeleteAccessKey,
    &kDeleteGroup,
    &kDeleteGroupPolicy,
    &kDeleteLoginProfile,
    &kDeletePolicy,
    &kDeletePolicyVersion,
    &kDeleteRole,
    &kDeleteRolePermissionsBoundary,
    &kDeleteRolePolicy,
    &kDeleteUser,
    &kDeleteUserPermissionsBoundary,
    &kDeleteUserPolicy,
    &kDetachGroupPolicy,
    &kDetachRolePolicy,
    &kDetachUserPolicy,
    &kGetAccessKeyLastUsed,
    &kGetAccountPasswordPolicy,
    &kGetAccountSummary,
    &kGetContextKeysForCustomPolicy,
    &kGetContextKeysForPrincipalPolicy,
    &kGetGroup,
    &kGetGroupPolicy,
    &kGetLoginProfile,
    &kGetPolicy,
    &kGetPolicyVersion,
    &kGetRole,
    &kGetRolePolicy,
    &kGetUser,
    &kGetUserPolicy,
    &kListAccessKeys,
    &kListAccountAliases,
    &kListAttachedGroupPolicies,
    &kListAttachedRolePolicies,
    &kListAttachedUserPolicies,
    &kListEntitiesForPolicy,
    &kListGroupPolicies,
    &kListGroups,
    &kListGroupsForUser,
    &kListInstanceProfilesForRole,
    &kListMFADevices,
    &kListPolicies,
    &kListPolicyTags,
    &kListPolicyVersions,
    &kListRolePolicies,
    &kListRoleTags,
    &kListRoles,
    &kListSSHPublicKeys,
    &kListServiceSpecificCredentials,
    &kListSigningCertificates,
    &kListUserPolicies,
    &kListUserTags,
    &kListUsers,
    &kListVirtualMFADevices,
    &kPutGroupPolicy,
    &kPutRolePermissionsBoundary,
    &kPutRolePolicy,
    &kPutUserPermissionsBoundary,
    &kPutUserPolicy,
    &kRemoveUserFromGroup,
    &kSetDefaultPolicyVersion,
    &kSimulateCustomPolicy,
    &kSimulatePrincipalPolicy,
    &kTagPolicy,
    &kTagRole,
    &kTagUser,
    &kUntagPolicy,
    &kUntagRole,
    &kUntagUser,
    &kUpdateAccessKey,
    &kUpdateAssumeRolePolicy,
    &kUpdateGroup,
    &kUpdateRole,
    &kUpdateRoleDescription,
    &kUpdateUser,
};

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

const ServiceModel& service_model() {
  static constexpr ServiceModel kModel{.name = "iam",
                                       .protocols = bit_of(Protocol::query),
                                       .xml_namespace = "https://iam.amazonaws.com/doc/2010-05-08/",
                                       .prints_values = false,
                                       .operations = kOperations};
  return kModel;
}
const ServiceModel& Iam::model() const { return service_model(); }

asio::awaitable<HttpResponse> Iam::handle(Request& request) {
  return handle_rpc(service_model(), this, max_body(), request);
}

ApiError Iam::internal_failure() const { return internal(); }

ApiError Iam::too_large() const {
  return {413, "RequestEntityTooLarge", "The request is larger than this service accepts."};
}

}  // namespace millrace::iam
