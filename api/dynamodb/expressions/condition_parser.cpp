#include "api/dynamodb/expressions/condition_parser.h"

#include <algorithm>

#include "api/dynamodb/expressions/lexer.h"

namespace millrace::dynamodb {

namespace {

using Kind = Condition::Kind;

constexpr std::size_t kMaxOperators = 300, kMaxInOperands = 100;
// The kinds of errors, beside those of every parser.
constexpr const char *kParentheses = "parentheses", *kFunction = "function", *kMisused = "misused",
                     *kCount = "count", *kDistinct = "distinct", *kOperandType = "type", *kFirst = "first";

struct Function {
  std::string_view name;
  Kind kind;
  std::size_t operands;
};
constexpr std::string_view kSize = "size";
constexpr Function kFunctions[] = {
    {"attribute_exists", Kind::exists, 1}, {"attribute_not_exists", Kind::not_exists, 1},
    {"attribute_type", Kind::has_type, 2}, {"begins_with", Kind::begins_with, 2},
    {"contains", Kind::contains, 2},
};

// What a part of the expression is: a condition, or something that can be compared.
struct Node {
  enum class Is { condition, operand, group_of_condition, group_of_operand };
  Is is = Is::operand;
  Condition condition;
  Operand operand;
  std::string function;  // a function that is used where only an operand may be, "size" included
  bool resolved = true;  // false: an undefined placeholder, which is noted

  [[nodiscard]] bool is_operand() const { return is == Is::operand || is == Is::group_of_operand; }
  [[nodiscard]] bool is_group() const { return is == Is::group_of_condition || is == Is::group_of_operand; }
};

// "{S:text}", as AWS's texts show an operand.
std::string shown(const Value& value) {
  std::string text;
  if (const auto* s = value.as<std::string>()) text = *s;
  if (const auto* n = value.as<Number>()) text = n->text();
  return "AttributeValue: {" + std::string(name_of(value.type())) + ":" + text + "}";
}

class ConditionParser final : private Parser {
 public:
  using Parser::Parser;

  Condition parse() {
    Node whole = either();
    expect_end();
    Condition condition = condition_of(std::move(whole));
    throw_noted({kParentheses, kFunction, kMisused, kReserved, kFirst});
    return condition;
  }

 private:
  [[nodiscard]] bool is_keyword(std::string_view word) const override {
    for (const std::string_view keyword : {"BETWEEN", "IN", "AND", "OR", "NOT"})
      if (word.size() == keyword.size() && std::equal(word.begin(), word.end(), keyword.begin(),
                                                      [](char a, char b) { return (a & ~0x20) == b; }))
        return true;
    return false;
  }

  void count_operator() {
    if (++operators_ > kMaxOperators)
      fail("The expression contains too many operators; operator count: " + std::to_string(operators_));
  }

  // Where a condition must be.
  Condition condition_of(Node node) {
    if (!node.is_operand()) return std::move(node.condition);
    if (node.function.empty()) syntax_error();
    misused(node.function);
    return {};
  }
  void misused(const std::string& function) {
    errors.add(kMisused,
               "The function is not allowed to be used this way in an expression; function: " + function);
  }

  // Where something to compare must be.
  Operand operand_of(Node node) {
    if (node.is_operand()) return std::move(node.operand);
    if (node.function.empty()) syntax_error();
    misused(node.function);
    return {};
  }

  Node of_condition(Kind kind, std::vector<Condition> children) {
    Node node;
    node.is = Node::Is::condition;
    node.condition.kind = kind;
    node.condition.children = std::move(children);
    return node;
  }

  Node either() { return chain(Kind::either, "OR", &ConditionParser::both); }
  Node both() { return chain(Kind::both, "AND", &ConditionParser::negated); }
  Node chain(Kind kind, std::string_view keyword, Node (ConditionParser::*part)()) {
    Node first = (this->*part)();
    if (!at_keyword(keyword)) return first;
    std::vector<Condition> children;
    children.push_back(condition_of(std::move(first)));
    while (take_keyword(keyword)) {
      count_operator();
      children.push_back(condition_of((this->*part)()));
    }
    return of_condition(kind, std::move(children));
  }

  Node negated() {
    if (!take_keyword("NOT")) return predicate();
    count_operator();
    const Nesting nesting(*this);
    std::vector<Condition> child;
    child.push_back(condition_of(negated()));
    return of_condition(Kind::negated, std::move(child));
  }

  Node predicate() {
    Node left = primary();
    if (const auto kind = take_comparator()) {
      count_operator();
      std::vector<Node> operands;
      operands.push_back(std::move(left));
      const std::string symbol = symbol_;
      operands.push_back(primary());
      check_distinct(symbol, operands);
      return comparison(*kind, std::move(operands));
    }
    if (at_keyword("BETWEEN")) return between(std::move(left));
    if (at_keyword("IN")) return in(std::move(left));
    if (left.is == Node::Is::condition) note_first();
    return left;
  }

  std::optional<Kind> take_comparator() {
    constexpr std::pair<std::string_view, Kind> kComparators[] = {
        {"=", Kind::equal},    {"<>", Kind::unequal}, {"<", Kind::less},
        {"<=", Kind::at_most}, {">", Kind::greater},  {">=", Kind::at_least}};
    for (const auto& [symbol, kind] : kComparators) {
      if (!take_symbol(symbol)) continue;
      symbol_ = symbol;
      return kind;
    }
    return std::nullopt;
  }

  Node between(Node left) {
    take();
    count_operator();
    std::vector<Node> operands;
    operands.push_back(std::move(left));
    operands.push_back(primary());
    if (!take_keyword("AND")) syntax_error();
    operands.push_back(primary());
    check_bounds(operands[1], operands[2]);
    return comparison(Kind::between, std::move(operands));
  }

  Node in(Node left) {
    take();
    count_operator();
    std::vector<Node> operands;
    operands.push_back(std::move(left));
    expect_symbol("(");
    do {
      operands.push_back(primary());
    } while (take_symbol(","));
    expect_symbol(")");
    if (operands.size() > kMaxInOperands + 1)
      fail("The IN operator is provided with too many operands; number of operands: " +
           std::to_string(operands.size() - 1));
    return comparison(Kind::in, std::move(operands));
  }

  Node comparison(Kind kind, std::vector<Node> operands) {
    Node node = of_condition(kind, {});
    for (Node& operand : operands) node.condition.operands.push_back(operand_of(std::move(operand)));
    note_first();
    return node;
  }

  // Keeps the first error of the first condition that has one, in AWS's order.
  void note_first() {
    const std::string* text = errors.earliest_of({kUndefinedName, kUndefinedValue});
    if (!text) text = errors.first_of({kCount, kDistinct, kOperandType});
    if (text) errors.add(kFirst, std::string(*text));
  }

  Node primary() {
    if (at_symbol("(")) return group();
    Node node;
    if (peek().kind == Token::Kind::value) {
      const Value* value = parse_value();
      node.resolved = value != nullptr;
      if (value) node.operand.value = *value;
      return node;
    }
    const Token& next = peek(1);
    if (peek().kind == Token::Kind::word && at_path() && next.kind == Token::Kind::symbol && next.text == "(")
      return function();
    node.operand.kind = Operand::Kind::path;
    node.operand.path = parse_path();
    return node;
  }

  Node group() {
    const Nesting nesting(*this);
    take();
    Node inner = either();
    expect_symbol(")");
    if (inner.is_group()) errors.add(kParentheses, "The expression has redundant parentheses;");
    if (inner.is_operand() && inner.operand.kind == Operand::Kind::path && inner.function.empty())
      parse_path_rest(inner.operand.path);
    inner.is = inner.is_operand() ? Node::Is::group_of_operand : Node::Is::group_of_condition;
    return inner;
  }

  Node function() {
    const Nesting nesting(*this);
    const std::string name(take().text);
    take();
    std::vector<Node> operands;
    do {
      operands.push_back(primary());
    } while (take_symbol(","));
    expect_symbol(")");
    count_operator();
    for (Node& operand : operands)
      if (!operand.is_operand()) (void)operand_of(std::move(operand));
    if (name == kSize) return size(std::move(operands));
    const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                     [&](const Function& f) { return f.name == name; });
    if (found == std::end(kFunctions))
      errors.add(kFunction, "Invalid function name; function: " + name);
    else if (check_count(name, found->operands, operands.size()))
      check_function(*found, operands);
    Node node = of_condition(found == std::end(kFunctions) ? Kind::exists : found->kind, {});
    node.function = name;
    for (Node& operand : operands) node.condition.operands.push_back(std::move(operand.operand));
    return node;
  }

  Node size(std::vector<Node> operands) {
    Node node;
    node.function = kSize;
    if (!check_count(node.function, 1, operands.size())) return node;
    const Node& of = operands[0];
    node.operand = of.operand;
    node.operand.kind =
        of.operand.kind == Operand::Kind::path ? Operand::Kind::size_of_path : Operand::Kind::size_of_value;
    if (of.function == kSize)
      wrong_type(node.function, "N");
    else if (of.operand.kind == Operand::Kind::value && of.resolved && !length_of(of.operand.value))
      wrong_type(node.function, name_of(of.operand.value.type()));
    return node;
  }

  bool check_count(const std::string& name, std::size_t wanted, std::size_t given) {
    if (wanted == given) return true;
    errors.add(kCount, "Incorrect number of operands for operator or function; operator or function: " +
                           name + ", number of operands: " + std::to_string(given));
    return false;
  }

  void wrong_type(std::string_view name, std::string_view type) {
    errors.add(kOperandType, "Incorrect operand type for operator or function; operator or function: " +
                                 std::string(name) + ", operand type: " + std::string(type));
  }

  void check_function(const Function& f, const std::vector<Node>& operands) {
    check_distinct(std::string(f.name), operands);
    const Operand& last = operands.back().operand;
    if (f.kind == Kind::exists || f.kind == Kind::not_exists) {
      if (last.kind != Operand::Kind::path)
        errors.add(kOperandType, "Operator or function requires a document path; operator or function: " +
                                     std::string(f.name));
    } else if (f.kind == Kind::begins_with) {
      for (const Node& operand : operands)
        if (const auto type = known_type(operand); type && *type != "S" && *type != "B") {
          wrong_type(f.name, *type);
          return;
        }
    } else if (f.kind == Kind::has_type) {
      check_type_name(f.name, operands[1]);
    }
  }

  // Of a value of the request, or of size().
  static std::optional<std::string_view> known_type(const Node& node) {
    if (node.function == kSize) return "N";
    if (node.operand.kind != Operand::Kind::value || !node.resolved) return std::nullopt;
    return name_of(node.operand.value.type());
  }

  void check_type_name(std::string_view function, const Node& node) {
    const auto type = known_type(node);
    if (!node.resolved) return;
    if (!type || *type != "S") return wrong_type(function, type.value_or("{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"));
    const std::string& name = *node.operand.value.as<std::string>();
    for (const std::string_view known : {"S", "N", "B", "NULL", "SS", "BOOL", "L", "BS", "NS", "M"})
      if (name == known) return;
    errors.add(kOperandType, "Invalid attribute type name found; type: " + name +
                                 ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
  }

  void check_distinct(const std::string& operation, const std::vector<Node>& operands) {
    if (operands.size() != 2) return;
    const Operand &a = operands[0].operand, &b = operands[1].operand;
    if (a.kind != Operand::Kind::path || b.kind != Operand::Kind::path || a.path != b.path) return;
    errors.add(
        kDistinct,
        "The first operand must be distinct from the remaining operands for this operator or function; "
        "operator: " +
            operation + ", first operand: " + dynamodb::shown(a.path));
  }

  void check_bounds(const Node& low, const Node& high) {
    for (const Node* bound : {&low, &high})
      if (bound->operand.kind != Operand::Kind::value || !bound->resolved || !bound->is_operand()) return;
    const Value &from = low.operand.value, &to = high.operand.value;
    const std::string both = "lower bound operand: " + shown(from) + ", upper bound operand: " + shown(to);
    if (from.type() != to.type())
      errors.add(kOperandType,
                 "The BETWEEN operator requires same data type for lower and upper bounds; " + both);
    else if (order(from, to) > 0)
      errors.add(
          kOperandType,
          "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " + both);
  }

  std::size_t operators_ = 0;
  std::string symbol_;  // of the last comparator
};

}  // namespace

Condition parse_condition(const char* member, std::string_view expression, Placeholders& placeholders) {
  return ConditionParser(member, expression, placeholders).parse();
}

}  // namespace millrace::dynamodb
