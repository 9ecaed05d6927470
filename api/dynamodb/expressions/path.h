// A document path: the name of an attribute, then names in maps and indexes in lists: a.b[2].
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "api/dynamodb/values/value.h"

namespace millrace::dynamodb {

using PathPart = std::variant<std::string, std::size_t>;
using Path = std::vector<PathPart>;  // never empty; the first part is a name

// nullptr: the item does not have it.
[[nodiscard]] const Value* find(const Item& item, const Path& path);
[[nodiscard]] Value* find(Item& item, const Path& path);

[[nodiscard]] inline const std::string& head_of(const Path& path) { return std::get<std::string>(path[0]); }

// As in AWS's texts: [a, b, [2]].
[[nodiscard]] std::string shown(const Path& path);

// The attributes at these paths, in the structure around them. The elements of a list stay in order, without
// gaps.
[[nodiscard]] Item project(const Item& item, const std::vector<Path>& paths);

// The text of the error if two paths of one expression overlap ("a.b" and "a.b.c") or conflict ("a.b" and
// "a[1]").
struct PathClash {
  std::string overlap, conflict;
};
// Sets the first overlap and the first conflict of `path` with `others`.
void check_paths(const std::vector<Path>& others, const Path& path, PathClash& clash);

}  // namespace millrace::dynamodb
