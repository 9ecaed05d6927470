// Rules of logs that need no I/O: which events a request asks for. Source: CloudWatch Logs API reference;
// user guide, "Filter pattern syntax".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/logs/log_source.h"

namespace millrace::logs {

// Of unstructured text: every word or "phrase" must be in the message, one of the ?words if there are any,
// and no -word. Throws pattern_not_supported for the patterns of JSON and of columns.
[[nodiscard]] std::function<bool(std::string_view)> filter_of(const std::string& pattern);

// A stream as its events show it.
struct LogStream {
  std::string name;
  Time first{}, last{};
};
// By name.
[[nodiscard]] std::vector<LogStream> streams_of(const std::vector<LogEvent>& events);

// A position between events: after the event with that time and id. Its text is a token for clients.
struct LogPosition {
  Time time{};
  std::string id;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] static LogPosition behind(const LogEvent& event) { return {event.time, event.id}; }
};
// Throws invalid_token.
[[nodiscard]] LogPosition position_of(std::string_view token);

// The number of events before the position. If the event was removed, its time determines the position.
[[nodiscard]] std::size_t before(const std::vector<LogEvent>& events, const LogPosition& position);

}  // namespace millrace::logs
