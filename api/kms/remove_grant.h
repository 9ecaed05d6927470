// What RetireGrant and RevokeGrant have in common.
#pragma once

#include "api/kms/grant_tokens.h"

namespace millrace::kms {

// Removes a grant of a key. Throws NotFoundException, and DryRunOperationException for a dry run.
[[nodiscard]] asio::awaitable<void> remove_grant(Kms& k, const Principal& caller, GrantPlace place,
                                                 std::optional<bool> dry_run);

}  // namespace millrace::kms
