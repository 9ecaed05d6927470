// A grant: a principal may use a key for some operations. Source: KMS Developer Guide, "Grants in AWS KMS".
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/kms/ciphertext.h"
#include "storage/clock.h"

namespace millrace::kms {

struct Grant {
  std::string id;  // 64 hexadecimal digits
  std::string account, region, key_id;
  std::string name;                                  // empty: none
  std::string grantee, grantee_service;              // one of them is set
  std::string retiring_principal, retiring_service;  // empty: none
  std::vector<std::string> operations;               // "Decrypt"
  std::optional<EncryptionContext> subset, equals;   // of the encryption context of a request
  std::string source_arn;                            // empty: any
  std::string issuer;                                // the account that created it
  Time created;
};
using GrantPtr = std::shared_ptr<const Grant>;

[[nodiscard]] std::string encode_grant(const Grant& grant);
// Throws an exception derived from std::exception for a row that is damaged or of an unknown version.
[[nodiscard]] Grant decode_grant(const std::string& row);

// Whether two grants differ in nothing but their ids and times, so that CreateGrant with a name is repeated.
[[nodiscard]] bool grants_the_same(const Grant& a, const Grant& b);

// Whether the grant allows `operation` ("Decrypt", "ReEncryptFrom") to a principal, with this encryption
// context. `arns` are the ARNs by which policies can name the principal: of the user, or of the session and
// its role.
[[nodiscard]] bool allows(const Grant& grant, const std::vector<std::string_view>& arns,
                          std::string_view operation, const EncryptionContext& context);

}  // namespace millrace::kms
