// Constraints and structures that more than one operation uses. Source: botocore logs/2014-03-28.
#pragma once

#include "api/core/arn.h"
#include "api/core/operation.h"
#include "api/logs/errors.h"

namespace millrace::logs {

inline constexpr Rules kGroupName = rules(length(1, 512), pattern("[\\.\\-_/#A-Za-z0-9]+"));
inline constexpr Rules kGroupIdentifier = rules(length(1, 2048), pattern("[\\w#+=/:,.@-]*"));
inline constexpr Rules kStreamName = rules(length(1, 512), pattern("[^:*]*"));
inline constexpr Rules kToken = rules(length(1, 4096));

inline constexpr UnreadField kUnmask = ignored<bool>("unmask", "no data is masked here");

// The name of a group of the caller, out of its name or its ARN. Throws group_not_found.
inline std::string name_of_group(const Caller& caller, const std::string& identifier) {
  if (!identifier.starts_with("arn:")) return identifier;
  const std::string own = arn_of("logs", caller.region, caller.account, "log-group:");
  if (!identifier.starts_with(own)) throw group_not_found();
  std::string name = identifier.substr(own.size());
  if (name.find(':') != std::string::npos) throw group_not_found();
  return name;
}

// The group that a request names in one of the two ways. Throws name_and_identifier, group_missing,
// group_not_found.
inline std::string group_of(const Caller& caller, const std::optional<std::string>& name,
                            const std::optional<std::string>& identifier) {
  if (name && identifier) throw name_and_identifier();
  if (name) return *name;
  if (!identifier) throw group_missing();
  return name_of_group(caller, *identifier);
}

inline std::int64_t ms_of(Time t) { return t.time_since_epoch().count(); }

}  // namespace millrace::logs
