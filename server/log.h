// The server's log: an event's name and fields, as text or as JSON, on standard error. The only global. Never
// data, keys or secrets.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace millrace::log {

using Fields = std::initializer_list<std::pair<std::string_view, nlohmann::json>>;

enum class Level { debug, info, warning, error };

// "debug", "info", "warning", and all else is error.
[[nodiscard]] Level level_named(std::string_view name);

// Chooses form and the least level that is written. Called once, before other threads start.
void configure(bool json, Level least);
[[nodiscard]] bool enabled(Level level);
// Safe from any thread.
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::warning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

}  // namespace millrace::log
