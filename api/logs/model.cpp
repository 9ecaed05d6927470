#include "api/logs/model.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "api/logs/errors.h"

namespace millrace::logs {

namespace {

struct Terms {
  std::vector<std::string> all, any, none;

  [[nodiscard]] bool match(std::string_view message) const {
    const auto in = [&](const std::string& term) { return message.find(term) != message.npos; };
    return std::all_of(all.begin(), all.end(), in) &&
           (any.empty() || std::any_of(any.begin(), any.end(), in)) &&
           std::none_of(none.begin(), none.end(), in);
  }
};

// The next word or quoted phrase; `text` is what follows it.
std::string next_term(std::string_view& text) {
  const bool quoted = text.starts_with('"');
  if (quoted) text.remove_prefix(1);
  std::string out;
  while (!text.empty() && (quoted ? text.front() != '"' : text.front() != ' ')) {
    if (quoted && text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    out += text.front();
    text.remove_prefix(1);
  }
  if (!text.empty()) text.remove_prefix(1);
  return out;
}

}  // namespace

std::function<bool(std::string_view)> filter_of(const std::string& pattern) {
  std::string_view text = pattern;
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.starts_with('{') || text.starts_with('[') || text.starts_with('%'))
    throw pattern_not_supported(pattern);
  Terms terms;
  while (!text.empty()) {
    auto* list = &terms.all;
    if (text.starts_with('?')) list = &terms.any;
    if (text.starts_with('-')) list = &terms.none;
    if (list != &terms.all) text.remove_prefix(1);
    std::string term = next_term(text);
    if (!term.empty()) list->push_back(std::move(term));
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  return [terms = std::move(terms)](std::string_view message) { return terms.match(message); };
}

std::vector<LogStream> streams_of(const std::vector<LogEvent>& events) {
  std::map<std::string, LogStream> found;
  for (const LogEvent& e : events) {
    LogStream& stream = found.try_emplace(e.stream, LogStream{e.stream, e.time, e.time}).first->second;
    stream.first = std::min(stream.first, e.time);
    stream.last = std::max(stream.last, e.time);
  }
  std::vector<LogStream> out;
  for (auto& [name, stream] : found) out.push_back(std::move(stream));
  return out;
}

std::string LogPosition::text() const { return std::to_string(time.time_since_epoch().count()) + "/" + id; }

LogPosition position_of(std::string_view token) {
  std::int64_t ms = 0;
  const char* const end = token.data() + token.size();
  const auto [behind, error] = std::from_chars(token.data(), end, ms);
  if (error != std::errc() || behind == end || *behind != '/') throw invalid_token();
  return {Time(std::chrono::milliseconds(ms)), std::string(behind + 1, end)};
}

std::size_t before(const std::vector<LogEvent>& events, const LogPosition& position) {
  const auto same = std::find_if(events.begin(), events.end(), [&](const LogEvent& e) {
    return e.time == position.time && e.id == position.id;
  });
  if (same != events.end()) return static_cast<std::size_t>(same - events.begin()) + 1;
  const auto later =
      std::find_if(events.begin(), events.end(), [&](const LogEvent& e) { return e.time > position.time; });
  return static_cast<std::size_t>(later - events.begin());
}

}  // namespace millrace::logs
