// What an operation of S3 does, and to which resources, as policies and the audit trail see it.
#pragma once

#include "api/core/access.h"
#include "api/s3/operation.h"

namespace millrace::s3 {

[[nodiscard]] Access access_of(const Operation& op);
// IAM's name of it: one action may stand for several operations.
[[nodiscard]] std::string action_of(const Operation& op);
// What the caller must be allowed: of a copy, the source too. DeleteObjects names its keys in its body; each
// of them is demanded when that is read, by `demand_of_key`.
[[nodiscard]] std::vector<Demand> demands_of(const Operation& op, const Call& call);
[[nodiscard]] Demand demand_of_key(const Operation& op, const Call& call, const std::string& key);

}  // namespace millrace::s3
