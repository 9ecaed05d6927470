#include "api/dynamodb/expressions/path.h"

#include <algorithm>

namespace millrace::dynamodb {

namespace {

template <class AnyItem>
auto find_in(AnyItem& item, const Path& path) -> decltype(&item.begin()->second) {
  const auto first = item.find(head_of(path));
  if (first == item.end()) return nullptr;
  auto* at = &first->second;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (const auto* name = std::get_if<std::string>(&path[i])) {
      auto* map = at->template as<Item>();
      if (!map) return nullptr;
      const auto member = map->find(*name);
      if (member == map->end()) return nullptr;
      at = &member->second;
    } else {
      auto* list = at->template as<List>();
      const std::size_t index = std::get<std::size_t>(path[i]);
      if (!list || index >= list->size()) return nullptr;
      at = &(*list)[index];
    }
  }
  return at;
}

// The paths that go through one value, as a tree; a leaf is wanted as a whole.
struct Wanted {
  bool whole = false;
  std::map<PathPart, Wanted> members;
};

Value projected(const Value& value, const Wanted& wanted, bool& any);

Item projected_map(const Item& map, const Wanted& wanted) {
  Item out;
  for (const auto& [part, below] : wanted.members) {
    const auto* name = std::get_if<std::string>(&part);
    const auto member = name ? map.find(*name) : map.end();
    if (member == map.end()) continue;
    bool any = false;
    Value value = projected(member->second, below, any);
    if (any) out.emplace(*name, std::move(value));
  }
  return out;
}

Value projected(const Value& value, const Wanted& wanted, bool& any) {
  any = true;
  if (wanted.whole) return value;
  if (const auto* map = value.as<Item>()) {
    Item out = projected_map(*map, wanted);
    any = !out.empty();
    return {std::move(out)};
  }
  List out;
  if (const auto* list = value.as<List>()) {
    for (const auto& [part, below] : wanted.members) {
      const auto* index = std::get_if<std::size_t>(&part);
      if (!index || *index >= list->size()) continue;
      bool some = false;
      Value member = projected((*list)[*index], below, some);
      if (some) out.push_back(std::move(member));
    }
  }
  any = !out.empty();
  return {std::move(out)};
}

}  // namespace

const Value* find(const Item& item, const Path& path) { return find_in(item, path); }
Value* find(Item& item, const Path& path) { return find_in(item, path); }

std::string shown(const Path& path) {
  std::string out;
  for (const PathPart& part : path) {
    if (!out.empty()) out += ", ";
    if (const auto* name = std::get_if<std::string>(&part))
      out += *name;
    else
      out += "[" + std::to_string(std::get<std::size_t>(part)) + "]";
  }
  return "[" + out + "]";
}

Item project(const Item& item, const std::vector<Path>& paths) {
  Wanted all;
  for (const Path& path : paths) {
    Wanted* at = &all;
    for (const PathPart& part : path) at = &at->members[part];
    at->whole = true;
  }
  return projected_map(item, all);
}

void check_paths(const std::vector<Path>& others, const Path& path, PathClash& clash) {
  for (const Path& other : others) {
    const std::string both =
        "must remove or rewrite one of these paths; path one: " + shown(other) + ", path two: " + shown(path);
    const std::size_t common = std::min(other.size(), path.size());
    std::size_t same = 0;
    while (same < common && other[same] == path[same]) ++same;
    if (same == common) {
      if (clash.overlap.empty()) clash.overlap = "Two document paths overlap with each other; " + both;
    } else if (other[same].index() != path[same].index() && clash.conflict.empty()) {
      clash.conflict = "Two document paths conflict with each other; " + both;
    }
  }
}

}  // namespace millrace::dynamodb
