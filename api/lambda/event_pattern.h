// The pattern language of event source mappings' filters, which is EventBridge's: what a JSON document must
// hold. Sources: docs.aws.amazon.com/eventbridge, "Comparison operators"; docs.aws.amazon.com/lambda,
// "Control which events Lambda sends to your function"; texts of errors: github.com/aws/event-ruler.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::lambda {

// A pattern that is none; what() says why, in AWS's words.
class BadPattern : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class EventPattern {
 public:
  using Json = nlohmann::json;

  // Throws BadPattern.
  explicit EventPattern(const Json& pattern);

  // Keys beside one another must all match, alternatives of a leaf need one that does. Of an array any
  // element counts; of an array of objects one element must match all that the pattern says of it.
  [[nodiscard]] bool matches(const Json& document) const { return matches(root_, &document); }
  // Whether the pattern says anything of the document's member `key`.
  [[nodiscard]] bool names(std::string_view key) const { return names(root_, key); }

 private:
  // One alternative of a leaf: whether a value matches it.
  using Test = std::function<bool(const Json&)>;
  struct Leaf {
    std::vector<Test> tests;
    bool if_present = false, if_absent = false;  // {"exists": ...}
  };
  struct Node {
    std::vector<std::pair<std::string, std::variant<Leaf, std::unique_ptr<Node>>>> members;
    std::vector<std::vector<Node>> any_of;  // "$or"
  };

  static Node parse(const Json& object, unsigned depth);
  static Leaf parse_leaf(const Json& alternatives);
  // nullptr: there is no such value.
  static bool matches(const Node& node, const Json* value);
  static bool matches(const Leaf& leaf, const std::vector<const Json*>& found);
  static bool names(const Node& node, std::string_view key);

  Node root_;
};

}  // namespace millrace::lambda
