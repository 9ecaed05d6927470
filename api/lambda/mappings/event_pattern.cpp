#include "api/lambda/mappings/event_pattern.h"

#include <algorithm>

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

// How many comparisons {"anything-but": {"prefix": [...]}} and the like are; others are one.
std::size_t comparisons_of(const Json& argument) {
  return argument.is_object() && argument.size() == 1 && argument.begin()->is_array()
             ? std::max<std::size_t>(argument.begin()->size(), 1)
             : 1;
}

// What one comparison with a value costs.
std::size_t cost_of(const Json& value) {
  return value.is_string() ? 1 + value.get_ref<const std::string&>().size() / 4 : 1;
}

// Calls `use` for each scalar that `value` is or holds as an array; true as soon as that is.
template <class F>
bool any_scalar(const Json& value, PatternBudget& budget, F&& use) {
  budget.spend(1);
  if (value.is_array())
    return std::any_of(value.begin(), value.end(),
                       [&](const Json& element) { return any_scalar(element, budget, use); });
  return !value.is_object() && use(value);
}

}  // namespace

EventPattern::Key::Key(std::string whole) : text(std::move(whole)) {
  for (std::size_t dot = text.find('.'); dot != text.npos; dot = text.find('.', dot + 1)) dots.push_back(dot);
}

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
      node.members.emplace_back(Key(key), std::make_unique<Node>(parse(value, depth + 1)));
    } else if (value.is_array()) {
      node.members.emplace_back(Key(key), parse_leaf(value));
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
      leaf.equal.add(a);
      continue;
    }
    if (a.size() != 1) throw BadPattern("Only one key allowed in match expression");
    const std::string& name = a.begin().key();
    if (name != "exists") {
      leaf.comparisons.push_back({comparison_test(name, *a.begin()), comparisons_of(*a.begin())});
      continue;
    }
    if (!a.begin()->is_boolean()) throw BadPattern("exists match pattern must be either true or false.");
    (a.begin()->get<bool>() ? leaf.if_present : leaf.if_absent) = true;
  }
  return leaf;
}

void EventPattern::find(const Json& value, const Key& key, std::size_t from, Found& found,
                        PatternBudget& budget) {
  budget.spend(1);
  if (value.is_array()) {
    for (const Json& element : value) {
      budget.spend(1);
      if (element.is_object()) find(element, key, from, found, budget);
    }
    return;
  }
  if (!value.is_object() || value.empty()) return;
  const std::string_view rest = std::string_view(key.text).substr(from);
  if (const auto at = value.find(rest); at != value.end()) found.push_back(&*at);
  auto dot = std::lower_bound(key.dots.begin(), key.dots.end(), from);
  // Whichever are fewer: the places where a name may end, or the names.
  if (static_cast<std::size_t>(key.dots.end() - dot) <= value.size()) {
    for (; dot != key.dots.end(); ++dot) {
      budget.spend(1);
      if (const auto at = value.find(rest.substr(0, *dot - from)); at != value.end())
        find(*at, key, *dot + 1, found, budget);
    }
    return;
  }
  for (const auto& [name, inner] : value.get_ref<const Json::object_t&>()) {
    budget.spend(1);
    if (name.size() < rest.size() && rest[name.size()] == '.' && rest.starts_with(name))
      find(inner, key, from + name.size() + 1, found, budget);
  }
}

bool EventPattern::matches(const Node& node, const Json* value, PatternBudget& budget) {
  // One element must match all.
  if (value && value->is_array() && std::any_of(value->begin(), value->end(), [&](const Json& element) {
        budget.spend(1);
        return element.is_structured();
      }))
    return std::any_of(value->begin(), value->end(),
                       [&](const Json& element) { return matches(node, &element, budget); });
  for (const auto& [key, wanted] : node.members) {
    Found found;
    if (value) find(*value, key, 0, found, budget);
    if (const Leaf* leaf = std::get_if<Leaf>(&wanted)) {
      if (!matches(*leaf, found, budget)) return false;
      continue;
    }
    const Node& inner = *std::get<std::unique_ptr<Node>>(wanted);
    // What is not there may match too, by {"exists": false}.
    if (found.empty()) found.push_back(nullptr);
    if (std::none_of(found.begin(), found.end(), [&](const Json* f) { return matches(inner, f, budget); }))
      return false;
  }
  return std::all_of(node.any_of.begin(), node.any_of.end(), [&](const std::vector<Node>& alternatives) {
    return std::any_of(alternatives.begin(), alternatives.end(), [&](const Node& alternative) {
      budget.spend(1);
      return matches(alternative, value, budget);
    });
  });
}

bool EventPattern::names(const Node& node, std::string_view key) {
  const auto is_of = [&](const auto& member) {
    return std::string_view(member.first.text).substr(0, member.first.text.find('.')) == key;
  };
  return std::any_of(node.members.begin(), node.members.end(), is_of) ||
         std::any_of(node.any_of.begin(), node.any_of.end(), [&](const std::vector<Node>& alternatives) {
           return std::any_of(alternatives.begin(), alternatives.end(),
                              [&](const Node& alternative) { return names(alternative, key); });
         });
}

bool EventPattern::matches(const Leaf& leaf, const Found& found, PatternBudget& budget) {
  // An object and an empty array are no values.
  bool present = false;
  const auto passes = [&](const Json& value) {
    present = true;
    budget.spend(cost_of(value));
    if (leaf.if_present || leaf.equal.contains(value)) return true;
    return std::any_of(leaf.comparisons.begin(), leaf.comparisons.end(), [&](const Comparison& c) {
      budget.spend(c.cost * cost_of(value));
      return c.test(value);
    });
  };
  return std::any_of(found.begin(), found.end(),
                     [&](const Json* f) { return any_scalar(*f, budget, passes); }) ||
         (!present && leaf.if_absent);
}

}  // namespace millrace::lambda
