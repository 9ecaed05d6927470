// The pattern language of event source mappings' filters, which is EventBridge's: what a JSON document must
// hold. Sources: docs.aws.amazon.com/eventbridge, "Comparison operators"; docs.aws.amazon.com/lambda,
// "Control which events Lambda sends to your function"; texts of errors: github.com/aws/event-ruler.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/lambda/mappings/pattern_tests.h"

namespace millrace::lambda {

// A pattern that is none; what() says why, in AWS's words.
class BadPattern : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A document costs more to match than its budget allows.
class PatternTooCostly : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "the pattern is too costly to match"; }
};

// What matching may still cost: values that are looked at, and comparisons, of which one of a long text
// counts as many.
class PatternBudget {
 public:
  explicit PatternBudget(std::size_t steps = 50'000'000) : left_(steps) {}
  // Throws PatternTooCostly.
  void spend(std::size_t steps) {
    if (steps > left_) throw PatternTooCostly();
    left_ -= steps;
  }

 private:
  std::size_t left_;
};

class EventPattern {
 public:
  using Json = nlohmann::json;

  // Throws BadPattern.
  explicit EventPattern(const Json& pattern);

  // Keys beside one another must all match, alternatives of a leaf need one that does. Of an array any
  // element counts; of an array of objects one element must match all that the pattern says of it.
  // The document is nested no deeper than kMaxJsonDepth. Throws PatternTooCostly.
  [[nodiscard]] bool matches(const Json& document, PatternBudget& budget) const {
    return matches(root_, &document, budget);
  }
  [[nodiscard]] bool matches(const Json& document) const {
    PatternBudget budget;
    return matches(document, budget);
  }
  // Whether the pattern says anything of the document's member `key`.
  [[nodiscard]] bool names(std::string_view key) const { return names(root_, key); }

 private:
  // Dots may nest or be part of a name.
  struct Key {
    explicit Key(std::string whole);
    std::string text;
    std::vector<std::size_t> dots;  // where they are
  };
  // One alternative of a leaf that is more than equality.
  struct Comparison {
    ValueTest test;
    std::size_t cost;  // in comparisons
  };
  struct Leaf {
    EqualValues equal;
    std::vector<Comparison> comparisons;
    bool if_present = false, if_absent = false;  // {"exists": ...}
  };
  struct Node {
    std::vector<std::pair<Key, std::variant<Leaf, std::unique_ptr<Node>>>> members;
    std::vector<std::vector<Node>> any_of;  // "$or"
  };
  using Found = std::vector<const Json*>;

  static Node parse(const Json& object, unsigned depth);
  static Leaf parse_leaf(const Json& alternatives);
  // All that the key from offset `from` on may mean in `value`: a member of that name, and where the key has
  // dots, members of members.
  static void find(const Json& value, const Key& key, std::size_t from, Found& found, PatternBudget& budget);
  // nullptr: there is no such value.
  static bool matches(const Node& node, const Json* value, PatternBudget& budget);
  static bool matches(const Leaf& leaf, const Found& found, PatternBudget& budget);
  static bool names(const Node& node, std::string_view key);

  Node root_;
};

}  // namespace millrace::lambda
