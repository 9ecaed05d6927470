#include "server/client/lease_report.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "api/core/value_type.h"

namespace millrace {

namespace {

using Cells = std::vector<std::string>;

constexpr std::size_t kMaxReasons = 5;

std::string at_least(bool is, const std::string& text) { return is ? "> " + text : text; }

std::string words_of(const Lag& lag) {
  switch (lag.state) {
    case Lag::State::at_end:
      return "at the end";
    case Lag::State::behind:
      if (lag.at_least && lag.time.count() == 0) return "1 record";
      return at_least(lag.at_least, text_of(lag.time));
    case Lag::State::finished:
      return "finished";
    case Lag::State::not_begun:
      return "not begun";
    case Lag::State::unknown:
      break;
  }
  return "unknown";
}

const char* name_of(Lag::State state) {
  switch (state) {
    case Lag::State::at_end:
      return "at_end";
    case Lag::State::behind:
      return "behind";
    case Lag::State::finished:
      return "finished";
    case Lag::State::not_begun:
      return "not_begun";
    case Lag::State::unknown:
      break;
  }
  return "unknown";
}

// What somebody else wrote must not steer the reader's terminal.
std::string printable(std::string text) {
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text.empty() ? "-" : text;
}

std::string table_of(const std::vector<Cells>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Cells& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Cells& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    text += line + "\n";
  }
  return text;
}

std::string utc(std::chrono::system_clock::time_point at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

// Each reason once, with the first lease that has it.
std::string reasons_of(const LeaseLook& look) {
  std::vector<std::string> known;
  std::string text;
  for (const LeaseLook::Row& row : look.rows) {
    const std::string& reason = row.lag.reason;
    if (reason.empty() || std::ranges::find(known, reason) != known.end()) continue;
    if (known.size() == kMaxReasons) return text + "Further reasons are in the output of --json.\n";
    known.push_back(reason);
    text += "BEHIND is unknown for " + printable(row.lease.shard) + ": " + printable(reason) + "\n";
  }
  return text;
}

OrderedJson or_null(const std::string& text) { return text.empty() ? OrderedJson() : OrderedJson(text); }

OrderedJson json_of(const Lag& lag) {
  const bool behind = lag.state == Lag::State::behind;
  const bool known = behind || lag.state == Lag::State::at_end;
  return {{"state", name_of(lag.state)},
          {"ms", known ? OrderedJson(lag.time.count()) : OrderedJson()},
          {"at_least", behind && lag.at_least},
          {"reason", or_null(lag.reason)}};
}

}  // namespace

std::string text_of(std::chrono::milliseconds time) {
  if (time < std::chrono::seconds(1)) return std::to_string(std::max<std::int64_t>(time.count(), 0)) + " ms";
  struct Unit {
    const char* name;
    std::int64_t seconds;
  };
  constexpr std::array<Unit, 4> kUnits{{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}};
  std::int64_t left = time.count() / 1000;
  std::string text;
  for (const Unit& unit : kUnits) {
    const bool second = !text.empty();
    const std::int64_t n = left / unit.seconds;
    if (n > 0) text += (second ? " " : "") + std::to_string(n) + " " + unit.name;
    if (second) break;
    left %= unit.seconds;
  }
  return text;
}

std::string text_of(const LeaseLook& look, bool watched) {
  const bool streams =
      std::ranges::any_of(look.rows, [](const LeaseLook::Row& row) { return !row.lease.stream.empty(); });
  std::string text = "Application " + printable(look.application);
  if (!streams && !look.stream.empty()) text += ", stream " + printable(look.stream);
  const std::size_t n = look.rows.size();
  text += ": " + std::to_string(n) + (n == 1 ? " lease" : " leases") + ", " + utc(look.at) + "\n";
  if (look.rows.empty()) return text;
  std::vector<Cells> rows;
  rows.push_back({"SHARD", "OWNER", "BEHIND"});
  if (streams) rows[0].insert(rows[0].begin(), "STREAM");
  if (watched) rows[0].emplace_back("SILENT");
  rows[0].emplace_back("CHECKPOINT");
  for (const LeaseLook::Row& row : look.rows) {
    Cells cells{printable(row.lease.shard), printable(row.lease.owner), words_of(row.lag)};
    if (streams) cells.insert(cells.begin(), printable(row.lease.stream));
    if (watched)
      cells.push_back(row.silence ? at_least(row.silence->at_least, text_of(row.silence->time)) : "-");
    cells.push_back(printable(row.lease.checkpoint));
    rows.push_back(std::move(cells));
  }
  return text + table_of(rows) + reasons_of(look);
}

OrderedJson json_of(const LeaseLook& look) {
  OrderedJson leases = OrderedJson::array();
  for (const LeaseLook::Row& row : look.rows) {
    const Lease& lease = row.lease;
    OrderedJson silent;
    if (row.silence) silent = {{"ms", row.silence->time.count()}, {"at_least", row.silence->at_least}};
    leases.push_back({{"stream", or_null(lease.stream.empty() ? look.stream : lease.stream)},
                      {"shard", lease.shard},
                      {"owner", or_null(lease.owner)},
                      {"checkpoint", or_null(lease.checkpoint)},
                      {"sub_sequence_number", lease.sub_sequence_number},
                      {"counter", lease.counter},
                      {"owner_switches", lease.owner_switches},
                      {"parents", lease.parents},
                      {"behind", json_of(row.lag)},
                      {"silent", std::move(silent)}});
  }
  const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(look.at.time_since_epoch());
  return {{"application", look.application},
          {"stream", or_null(look.stream)},
          {"at_ms", at.count()},
          {"leases", std::move(leases)}};
}

}  // namespace millrace
