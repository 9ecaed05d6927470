// Rules of IAM without I/O: names, documents, tags and pages.
#pragma once

#include <algorithm>

#include "api/auth/policies/policy.h"
#include "api/iam/errors.h"
#include "api/iam/shapes.h"

namespace millrace::iam {

// Quotas of AWS. Source: IAM user guide, "IAM and AWS STS quotas".
inline constexpr std::size_t kMaxUsers = 5000, kMaxGroups = 300, kMaxRoles = 1000, kMaxPolicies = 1500,
                             kMaxAttached = 10, kMaxGroupsOfUser = 10, kMaxKeysOfUser = 2;
inline constexpr std::size_t kMaxManagedPolicy = 6144, kMaxTrustPolicy = 2048;
// The characters of all inline policies together, without white space.
[[nodiscard]] std::size_t max_inline_policies(EntityKind kind);
// The most bytes of an entity's inline policies together, white space included: a bound of this server.
inline constexpr std::size_t kMaxInlineBytes = 256 << 10;

// Throw ValidationError. `member`: as messages call it, "userName".
void check_name(const std::string& name, const char* member);
void check_path(const std::string& path, const char* member);
// Of "/division/": what list operations compare paths with.
void check_path_prefix(const std::string& path, const char* member);

// Throws MalformedPolicyDocument.
void check_document(const std::string& document, auth::PolicyKind kind);

// Of a role. Throws MalformedPolicyDocument, and LimitExceeded for too long a document.
void check_trust(const std::string& document);
// Of a managed policy. Throws the same.
void check_managed(const std::string& document);
// The characters that quotas count: those that are no white space.
[[nodiscard]] std::size_t counted_size(const std::string& document);

enum class TagKeys { any_case, exact };
// Throws InvalidInput for reserved keys and for keys that occur twice.
void check_tags(const std::vector<Tag>& tags, TagKeys compared);
// Sets and removes tags. Keys of users and roles are compared without regard to case. Throws LimitExceeded
// for more than 50.
void set_tags(std::map<std::string, std::string>& tags, const std::vector<Tag>& changes, TagKeys compared);
void remove_tags(std::map<std::string, std::string>& tags, const std::vector<std::string>& keys,
                 TagKeys compared);
[[nodiscard]] std::vector<Tag> tags_of(const std::map<std::string, std::string>& tags);

// A marker holds the name of the last item of a page. Throws ValidationError for another text.
[[nodiscard]] std::string marker_of(const std::string& name);
[[nodiscard]] std::string name_of_marker(const std::optional<std::string>& marker);
[[nodiscard]] std::size_t page_size(const PageInput& in);

// The page of `all` that `in` asks for; `name_of(item)` ascends. Sets `out`.
template <class T, class NameOf>
std::vector<T> page_of(std::vector<T> all, const PageInput& in, PageOutput& out, NameOf name_of) {
  const std::string after = name_of_marker(in.marker);
  if (in.marker)
    all.erase(all.begin(),
              std::find_if(all.begin(), all.end(), [&](const T& item) { return name_of(item) > after; }));
  out.truncated = all.size() > page_size(in);
  if (out.truncated) {
    all.resize(page_size(in));
    out.marker = marker_of(name_of(all.back()));
  }
  return all;
}

}  // namespace millrace::iam
