// Constraints and structures that more than one operation uses. Source: botocore logs/2014-03-28.
#pragma once

#include "api/core/operation.h"
#include "api/logs/errors.h"

namespace millrace::logs {

inline constexpr Rules kGroupName = rules(length(1, 512), pattern("[\\.\\-_/#A-Za-z0-9]+"));
inline constexpr Rules kGroupIdentifier = rules(length(1, 2048), pattern("[\\w#+=/:,.@-]*"));
inline constexpr Rules kStreamName = rules(length(1, 512), pattern("[^:*]*"));
inline constexpr Rules kToken = rules(length(1, 4096));

// The group that a request names, by its name or its ARN. Throws group_missing.
inline std::string group_of(const std::optional<std::string>& name,
                            const std::optional<std::string>& identifier) {
  if (name) return *name;
  if (!identifier) throw group_missing();
  constexpr std::string_view kInArn = ":log-group:";
  const std::size_t at = identifier->find(kInArn);
  if (at == std::string::npos) return *identifier;
  const std::string rest = identifier->substr(at + kInArn.size());
  return rest.substr(0, rest.find(':'));
}

inline std::int64_t ms_of(Time t) { return t.time_since_epoch().count(); }

}  // namespace millrace::logs
