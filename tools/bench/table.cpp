#include "tools/bench/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace millrace::bench {
namespace {

constexpr std::string_view kNone = "-";

std::string markdown_row(const Row& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

}  // namespace

std::string as_text(const Table& table) {
  std::vector<std::size_t> widths(table.header.size());
  const auto widen = [&widths](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  };
  widen(table.header);
  for (const Row& row : table.rows) widen(row);

  std::string text;
  const auto add = [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i < table.names ? fmt::format("{:<{}}  ", row[i], widths[i])
                              : fmt::format("{:>{}}  ", row[i], widths[i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  };
  if (!table.title.empty()) text += "== " + table.title + "\n";
  for (const std::string& note : table.notes) text += note + "\n";
  if (!table.notes.empty()) text += "\n";
  add(table.header);
  for (const Row& row : table.rows) add(row);
  return text;
}

std::string as_markdown(const Table& table) {
  std::string text;
  if (!table.title.empty()) text += "### " + table.title + "\n\n";
  for (const std::string& note : table.notes) text += note + "\n";
  if (!table.notes.empty()) text += "\n";
  text += markdown_row(table.header) + "|";
  for (std::size_t i = 0; i < table.header.size(); ++i) text += i < table.names ? "---|" : "--:|";
  text += "\n";
  for (const Row& row : table.rows) text += markdown_row(row);
  return text;
}

std::string number(double value) {
  const double size = std::abs(value);
  if (size >= 100) return fmt::format("{:.0f}", value);
  if (size >= 10) return fmt::format("{:.1f}", value);
  return size >= 1 || size == 0 ? fmt::format("{:.2f}", value) : fmt::format("{:.3f}", value);
}
std::string number(std::optional<double> value) { return value ? number(*value) : std::string(kNone); }
std::string ratio(std::optional<double> value) { return value ? number(*value) + "x" : std::string(kNone); }

nlohmann::json known(std::optional<double> value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace millrace::bench
