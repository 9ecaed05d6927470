// Constraints and structures that more than one operation uses. Source: botocore iam/2010-05-08.
#pragma once

#include "api/core/members.h"
#include "api/core/operation.h"
#include "api/iam/service.h"

namespace millrace::iam {

using auth::Entity;
using auth::EntityKind;
using auth::EntityPtr;
using auth::ManagedPolicy;
using auth::ManagedPolicyPtr;

// ---- Names ----

template <EntityKind K>
inline constexpr const char* kNameMember = K == EntityKind::user    ? "UserName"
                                           : K == EntityKind::group ? "GroupName"
                                                                    : "RoleName";
// Of an entity that exists. Users may have had longer names once.
template <EntityKind K>
inline constexpr Rules kExistingName = rules(length(1, K == EntityKind::role ? 64 : 128));
// Of one that is created.
template <EntityKind K>
inline constexpr Rules kNewName = rules(length(1, K == EntityKind::group ? 128 : 64));
inline constexpr Rules kPath = rules(length(1, 512));
inline constexpr Rules kPolicyPath = rules(length(1, 512), pattern("((/[A-Za-z0-9\\.,\\+@=_-]+)*)/"));
inline constexpr Rules kPolicyName = rules(length(1, 128), pattern("[\\w+=,.@-]+"));
inline constexpr Rules kArn = rules(length(20, 2048));
inline constexpr Rules kDocument = rules(length(1, 131072));
inline constexpr Rules kVersionId = rules(pattern("v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"));
inline constexpr Rules kAccessKeyId = rules(length(16, 128), pattern("[\\w]+"));
inline constexpr Rules kDescription = rules(length(0, 1000));

// ---- Pages ----

struct PageInput {
  std::optional<std::string> marker;
  std::optional<int> max_items;
};
inline constexpr auto kPageInput = members(field("Marker", &PageInput::marker, length(1, 320)),
                                           field("MaxItems", &PageInput::max_items, range(1, 1000)));
struct PageOutput {
  bool truncated = false;
  std::optional<std::string> marker;
};
inline constexpr auto kPageOutput =
    members(field("IsTruncated", &PageOutput::truncated), field("Marker", &PageOutput::marker));

// ---- Tags ----

struct Tag {
  std::string key, value;
};
inline constexpr Rules kTagKey = rules(length(1, 128), pattern("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"));
inline constexpr Rules kTagValue = rules(length(0, 256), pattern("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"));
inline constexpr auto kTag =
    shape<Tag>(field("Key", &Tag::key, required, kTagKey), field("Value", &Tag::value, required, kTagValue));
inline constexpr std::size_t kMaxTags = 50;
inline constexpr LengthRule kTagCount = length(0, kMaxTags);

// ---- Entities ----

struct BoundaryOutput {
  std::string type = "Policy", arn;
};
inline constexpr auto kBoundary =
    shape<BoundaryOutput>(field("PermissionsBoundaryType", &BoundaryOutput::type),
                          field("PermissionsBoundaryArn", &BoundaryOutput::arn));

// What users and roles have in common, as answers show it.
struct EntityOutput {
  std::string path, name, id, arn;
  Time created{};
  std::optional<BoundaryOutput> boundary;
  std::optional<std::vector<Tag>> tags;
};

using UserOutput = EntityOutput;
inline constexpr auto kUser = shape<UserOutput>(
    field("Path", &UserOutput::path), field("UserName", &UserOutput::name), field("UserId", &UserOutput::id),
    field("Arn", &UserOutput::arn), field("CreateDate", &UserOutput::created),
    field("PermissionsBoundary", &UserOutput::boundary, kBoundary), field("Tags", &UserOutput::tags, kTag));

using GroupOutput = EntityOutput;
inline constexpr auto kGroup =
    shape<GroupOutput>(field("Path", &GroupOutput::path), field("GroupName", &GroupOutput::name),
                       field("GroupId", &GroupOutput::id), field("Arn", &GroupOutput::arn),
                       field("CreateDate", &GroupOutput::created));

struct RoleLastUsed {
  std::optional<Time> date;
  std::optional<std::string> region;
};
inline constexpr auto kRoleLastUsed =
    shape<RoleLastUsed>(field("LastUsedDate", &RoleLastUsed::date), field("Region", &RoleLastUsed::region));
struct RoleOutput : EntityOutput {
  std::string trust;
  std::optional<std::string> description;
  std::optional<int> max_session;
  std::optional<RoleLastUsed> last_used;
};
inline constexpr auto kRole = shape_of<RoleOutput>(
    members(field("Path", &EntityOutput::path), field("RoleName", &EntityOutput::name),
            field("RoleId", &EntityOutput::id), field("Arn", &EntityOutput::arn),
            field("CreateDate", &EntityOutput::created)),
    field("AssumeRolePolicyDocument", &RoleOutput::trust), field("Description", &RoleOutput::description),
    field("MaxSessionDuration", &RoleOutput::max_session),
    members(field("PermissionsBoundary", &EntityOutput::boundary, kBoundary),
            field("Tags", &EntityOutput::tags, kTag)),
    field("RoleLastUsed", &RoleOutput::last_used, kRoleLastUsed));

// How much of an entity an answer shows: lists leave out tags and the boundary.
enum class Detail { listed, full };
[[nodiscard]] EntityOutput output_of(const Iam& iam, const Entity& entity, Detail detail);
[[nodiscard]] RoleOutput role_output(const Iam& iam, const Entity& role, Detail detail);

// ---- Managed policies ----

struct PolicyOutput {
  std::string name, id, arn, path, default_version;
  int attachments = 0, boundary_uses = 0;
  bool attachable = true;
  std::optional<std::string> description;
  Time created{}, updated{};
  std::optional<std::vector<Tag>> tags;
};
inline constexpr auto kPolicy = shape<PolicyOutput>(
    field("PolicyName", &PolicyOutput::name), field("PolicyId", &PolicyOutput::id),
    field("Arn", &PolicyOutput::arn), field("Path", &PolicyOutput::path),
    field("DefaultVersionId", &PolicyOutput::default_version),
    field("AttachmentCount", &PolicyOutput::attachments),
    field("PermissionsBoundaryUsageCount", &PolicyOutput::boundary_uses),
    field("IsAttachable", &PolicyOutput::attachable), field("Description", &PolicyOutput::description),
    field("CreateDate", &PolicyOutput::created), field("UpdateDate", &PolicyOutput::updated),
    field("Tags", &PolicyOutput::tags, kTag));
// Without description and tags, which some answers leave out.
[[nodiscard]] PolicyOutput output_of(const Iam& iam, const Caller& caller, const ManagedPolicy& policy);

struct VersionOutput {
  std::optional<std::string> document;
  std::string id;
  bool is_default = false;
  Time created{};
};
inline constexpr auto kVersion = shape<VersionOutput>(
    field("Document", &VersionOutput::document), field("VersionId", &VersionOutput::id),
    field("IsDefaultVersion", &VersionOutput::is_default), field("CreateDate", &VersionOutput::created));
// Without the document.
[[nodiscard]] VersionOutput output_of(const ManagedPolicy& policy, const auth::PolicyVersion& version);

}  // namespace millrace::iam
