#include "api/lambda/event_pattern.h"

#include <algorithm>

#include "api/lambda/pattern_tests.h"

namespace millrace::lambda {

namespace {

using Json = EventPattern::Json;

// Deeper ones are no patterns that anybody wrote by hand; each level costs stack.
constexpr unsigned kMaxDepth = 64;

// "$or" is the operator only where it looks like one; else it is a key.
bool is_or(const std::string& key, const Json& value) {
  return key == "$or" && value.is_array() && value.size() >= 2 &&
         std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_object() && !v.empty(); });
}

// All that `key` may mean in `value`: a member of that name, and where the key has dots, members of members.
void find(const Json& value, std::string_view key, std::vector<const Json*>& found) {
  if (value.is_array()) {
    for (const Json& element : value)
      if (element.is_object()) find(element, key, found);
    return;
  }
  if (!value.is_object()) return;
  if (const auto at = value.find(std::string(key)); at != value.end()) found.push_back(&*at);
  for (std::size_t dot = key.find('.'); dot != key.npos; dot = key.find('.', dot + 1))
    if (const auto at = value.find(std::string(key.substr(0, dot))); at != value.end())
      find(*at, key.substr(dot + 1), found);
}

// Calls `use` for each scalar that `value` is or holds as an array; true as soon as that is.
template <class F>
bool any_scalar(const Json& value, F&& use) {
  if (value.is_array())
    return std::any_of(value.begin(), value.end(),
                       [&](const Json& element) { return any_scalar(element, use); });
  return !value.is_object() && use(value);
}

}  // namespace

EventPattern::EventPattern(const Json& pattern) : root_(parse(pattern, 0)) {}

EventPattern::Node EventPattern::parse(const Json& object, unsigned depth) {
  if (!object.is_object()) throw BadPattern("Filter is not an object");
  if (object.empty()) throw BadPattern("Empty objects are not allowed");
  if (depth == kMaxDepth) throw BadPattern("The pattern is nested too deeply");
  Node node;
  for (const auto& [key, value] : object.items()) {
    if (is_or(key, value)) {
      auto& alternatives = node.any_of.emplace_back();
      for (const Json& alternative : value) alternatives.push_back(parse(alternative, depth + 1));
    } else if (value.is_object()) {
      node.members.emplace_back(key, std::make_unique<Node>(parse(value, depth + 1)));
    } else if (value.is_array()) {
      node.members.emplace_back(key, parse_leaf(value));
    } else {
      throw BadPattern("\"" + key + "\" must be an object or an array");
    }
  }
  return node;
}

EventPattern::Leaf EventPattern::parse_leaf(const Json& alternatives) {
  if (alternatives.empty()) throw BadPattern("Empty arrays are not allowed");
  Leaf leaf;
  for (const Json& a : alternatives) {
    if (a.is_array()) throw BadPattern("Match value must be String, number, true, false, or null");
    if (!a.is_object()) {
      leaf.tests.push_back(equals_test(a));
      continue;
    }
    if (a.size() != 1) throw BadPattern("Only one key allowed in match expression");
    const std::string& name = a.begin().key();
    if (name != "exists") {
      leaf.tests.push_back(comparison_test(name, *a.begin()));
      continue;
    }
    if (!a.begin()->is_boolean()) throw BadPattern("exists match pattern must be either true or false.");
    (a.begin()->get<bool>() ? leaf.if_present : leaf.if_absent) = true;
  }
  return leaf;
}

bool EventPattern::matches(const Node& node, const Json* value) {
  // One element must match all.
  if (value && value->is_array() &&
      std::any_of(value->begin(), value->end(), [](const Json& element) { return element.is_structured(); }))
    return std::any_of(value->begin(), value->end(),
                       [&](const Json& element) { return matches(node, &element); });
  for (const auto& [key, wanted] : node.members) {
    std::vector<const Json*> found;
    if (value) find(*value, key, found);
    if (const Leaf* leaf = std::get_if<Leaf>(&wanted)) {
      if (!matches(*leaf, found)) return false;
      continue;
    }
    const Node& inner = *std::get<std::unique_ptr<Node>>(wanted);
    // What is not there may match too, by {"exists": false}.
    if (found.empty()) found.push_back(nullptr);
    if (std::none_of(found.begin(), found.end(), [&](const Json* f) { return matches(inner, f); }))
      return false;
  }
  return std::all_of(node.any_of.begin(), node.any_of.end(), [&](const std::vector<Node>& alternatives) {
    return std::any_of(alternatives.begin(), alternatives.end(),
                       [&](const Node& alternative) { return matches(alternative, value); });
  });
}

bool EventPattern::names(const Node& node, std::string_view key) {
  const auto is_of = [&](const auto& member) {
    return std::string_view(member.first).substr(0, member.first.find('.')) == key;
  };
  return std::any_of(node.members.begin(), node.members.end(), is_of) ||
         std::any_of(node.any_of.begin(), node.any_of.end(), [&](const std::vector<Node>& alternatives) {
           return std::any_of(alternatives.begin(), alternatives.end(),
                              [&](const Node& alternative) { return names(alternative, key); });
         });
}

bool EventPattern::matches(const Leaf& leaf, const std::vector<const Json*>& found) {
  // An object and an empty array are no values.
  const bool present = std::any_of(found.begin(), found.end(), [](const Json* f) {
    return any_scalar(*f, [](const Json&) { return true; });
  });
  if (present ? leaf.if_present : leaf.if_absent) return true;
  return std::any_of(leaf.tests.begin(), leaf.tests.end(), [&](const Test& test) {
    return std::any_of(found.begin(), found.end(), [&](const Json* f) { return any_scalar(*f, test); });
  });
}

}  // namespace millrace::lambda
