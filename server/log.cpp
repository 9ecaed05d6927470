#include "server/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace millrace::log {

namespace {

bool as_json = false;

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = spdlog::stderr_logger_mt("millrace");
  return *instance;
}

std::string dumped(const nlohmann::ordered_json& v) {
  return v.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

Level level_named(std::string_view name) {
  if (name == "debug") return Level::debug;
  if (name == "info") return Level::info;
  return name == "warning" ? Level::warning : Level::error;
}

void configure(bool json, Level least) {
  as_json = json;
  spdlog::logger& l = logger();
  l.set_level(level_of(least));
  l.flush_on(spdlog::level::debug);
  const auto utc = spdlog::pattern_time_type::utc;
  l.set_pattern(
      json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", utc);
}

bool enabled(Level level) { return logger().should_log(level_of(level)); }

void write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  std::string line;
  if (as_json) {
    line = "\"event\":" + dumped(event);
    for (const auto& [key, value] : fields) line += "," + dumped(key) + ":" + dumped(value);
  } else {
    line = event;
    for (const auto& [key, value] : fields) {
      line += " ";
      line += key;
      line += "=";
      line += dumped(value);
    }
  }
  logger().log(level_of(level), "{}", line);
}

}  // namespace millrace::log
