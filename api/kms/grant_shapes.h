// Grants as requests and answers have them. Source: botocore kms/2014-11-01.
#pragma once

#include "api/kms/grant.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

inline constexpr Rules kGrantOperation =
    one_of<"RetireGrant", "ReEncryptTo", "ReEncryptFrom", "Decrypt", "Encrypt", "GenerateDataKey",
           "GenerateDataKeyWithoutPlaintext", "CreateGrant", "DescribeKey", "GetPublicKey", "Sign", "Verify",
           "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac">;

struct GrantConstraints {
  std::optional<EncryptionContext> subset, equals;
  std::optional<std::string> source_arn;
};
inline constexpr auto kGrantConstraints =
    shape<GrantConstraints>(field("EncryptionContextSubset", &GrantConstraints::subset),
                            field("EncryptionContextEquals", &GrantConstraints::equals),
                            field("SourceArn", &GrantConstraints::source_arn, length(20, 512),
                                  pattern("^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$")));

struct GrantListEntry {
  std::string key, id;
  std::optional<std::string> name;
  Time created;
  std::optional<std::string> grantee, retiring_principal;
  std::string issuer;
  std::vector<std::string> operations;
  std::optional<GrantConstraints> constraints;
  std::optional<std::string> grantee_service, retiring_service;
};
inline constexpr auto kGrantListEntry = shape<GrantListEntry>(
    field("KeyId", &GrantListEntry::key), field("GrantId", &GrantListEntry::id),
    field("Name", &GrantListEntry::name), field("CreationDate", &GrantListEntry::created),
    field("GranteePrincipal", &GrantListEntry::grantee),
    field("RetiringPrincipal", &GrantListEntry::retiring_principal),
    field("IssuingAccount", &GrantListEntry::issuer), field("Operations", &GrantListEntry::operations),
    field("Constraints", &GrantListEntry::constraints, kGrantConstraints),
    field("GranteeServicePrincipal", &GrantListEntry::grantee_service),
    field("RetiringServicePrincipal", &GrantListEntry::retiring_service));

struct GrantList {
  std::vector<GrantListEntry> grants;
  std::optional<std::string> next;
  bool truncated = false;
};
inline constexpr auto kGrantList =
    shape<GrantList>(field("Grants", &GrantList::grants, kGrantListEntry),
                     field("NextMarker", &GrantList::next), field("Truncated", &GrantList::truncated));

[[nodiscard]] GrantListEntry entry_of(const Grant& grant);

}  // namespace millrace::kms
