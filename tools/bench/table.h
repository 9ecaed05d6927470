// Tables of figures, as text to read and as Markdown; and what a part of the program found, in tables and
// JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace millrace::bench {

using Row = std::vector<std::string>;

struct Table {
  std::string title;               // empty: none
  std::vector<std::string> notes;  // lines above the rows: how the figures came about
  Row header;
  std::vector<Row> rows;
  std::size_t names = 1;  // the first columns, set left; the others are figures, set right
};

std::string as_text(const Table& table);
std::string as_markdown(const Table& table);

// What a part found. Errors make the program exit with 1; a missed target is none.
struct Section {
  std::string name;  // its key in the JSON
  std::vector<Table> tables;
  nlohmann::json json;
  std::uint64_t errors = 0;
};

// Three digits that count, whatever the size; "-" for none.
std::string number(double value);
std::string number(std::optional<double> value);
std::string ratio(std::optional<double> value);
nlohmann::json known(std::optional<double> value);

}  // namespace millrace::bench
