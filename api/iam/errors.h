// The errors of IAM. Sources of the texts: LocalStack's recordings of AWS (tests/aws/services/iam), reports
// of Terraform's users.
#pragma once

#include <string>
#include <string_view>

#include "api/auth/identities/entity.h"
#include "api/core/error.h"

namespace millrace::iam {

ApiError invalid(const std::string& text);        // ValidationError
ApiError invalid_input(const std::string& text);  // InvalidInput
ApiError invalid_marker();
// `member`: as in messages, "userName".
ApiError invalid_name(const char* member);
ApiError invalid_path(const char* member);
ApiError invalid_arn(const std::string& arn);
ApiError duplicate_tags(bool in_any_case);
ApiError reserved_tag();
ApiError no_user_named();
ApiError malformed_policy(const std::string& why);

ApiError no_such_entity(auth::EntityKind kind, const std::string& name);
ApiError no_such_inline_policy(auth::EntityKind kind, const std::string& policy);
ApiError no_such_policy(const std::string& arn);
ApiError not_attachable(const std::string& arn);
ApiError no_such_version(const std::string& arn, const std::string& version);
ApiError no_such_access_key(const std::string& id);
ApiError no_such_login_profile(const std::string& user);
ApiError no_password_policy(const std::string& account);
ApiError no_boundary(auth::EntityKind kind, const std::string& name);

ApiError entity_exists(auth::EntityKind kind, const std::string& name);
ApiError policy_exists(const std::string& name);
// `what`: "must detach all policies first".
ApiError delete_conflict(const std::string& what);
ApiError policy_is_attached();
ApiError policy_has_versions();
ApiError default_version_stays();

// `quota`: "AccessKeysPerUser".
ApiError quota_exceeded(const std::string& quota, std::size_t limit);
ApiError too_many_versions();
ApiError too_many_tags();
ApiError policies_too_large(auth::EntityKind kind, const std::string& name, std::size_t limit);

ApiError own_policy(const std::string& arn);
ApiError key_of_others(const std::string& caller, const std::string& id);
ApiError internal();

}  // namespace millrace::iam
