// The grammar of UpdateExpression. Source: DynamoDB Developer Guide, "Update expressions".
#include <algorithm>

#include "api/dynamodb/expressions/lexer.h"
#include "api/dynamodb/expressions/update.h"

namespace millrace::dynamodb {

namespace {

using Kind = UpdateValue::Kind;

constexpr std::size_t kMaxOperators = 300;
constexpr const char *kFunction = "function", *kSection = "section", *kOverlap = "overlap",
                     *kConflict = "conflict", *kOperand = "operand", *kOperandType = "type";
constexpr const char* kSections[] = {"SET", "REMOVE", "ADD", "DELETE"};

std::string_view long_name_of(Type type) {
  switch (type) {
    case Type::S:
      return "STRING";
    case Type::N:
      return "NUMBER";
    case Type::B:
      return "BINARY";
    case Type::L:
      return "LIST";
    case Type::M:
      return "MAP";
    case Type::BOOL:
      return "BOOLEAN";
    case Type::NUL:
      return "NULL";
    default:
      return "";  // a set
  }
}

class UpdateParser final : private Parser {
 public:
  using Parser::Parser;

  Update parse() {
    do {
      section();
    } while (peek().kind != Token::Kind::end);
    throw_noted({kReserved, kFunction, kSection, kUndefinedName, kUndefinedValue, kOverlap, kConflict,
                 kOperand, kOperandType});
    return std::move(update_);
  }

 private:
  [[nodiscard]] bool is_keyword(std::string_view word) const override {
    return std::any_of(std::begin(kSections), std::end(kSections), [&](std::string_view keyword) {
      return word.size() == keyword.size() && std::equal(word.begin(), word.end(), keyword.begin(),
                                                         [](char a, char b) { return (a & ~0x20) == b; });
    });
  }

  void section() {
    for (std::size_t i = 0; i < std::size(kSections); ++i) {
      if (!take_keyword(kSections[i])) continue;
      if (seen_[i])
        errors.add(kSection, std::string("The \"") + kSections[i] +
                                 "\" section can only be used once in an update expression;");
      seen_[i] = true;
      do {
        if (++operators_ > kMaxOperators)
          fail("The expression contains too many operators; operator count: " + std::to_string(operators_));
        action(i);
      } while (take_symbol(","));
      return;
    }
    syntax_error();
  }

  void action(std::size_t which_section) {
    UpdateAction action;
    action.path = parse_path();
    note_clashes(action.path);
    switch (which_section) {
      case 0:
        expect_symbol("=");
        action.value = set_value();
        break;
      case 1:
        action.kind = UpdateAction::Kind::remove;
        break;
      default:
        action.kind = which_section == 2 ? UpdateAction::Kind::add : UpdateAction::Kind::take_out;
        action.value = member_value(which_section == 2);
    }
    update_.actions.push_back(std::move(action));
  }

  void note_clashes(const Path& path) {
    PathClash clash;
    check_paths(paths_, path, clash);
    if (!clash.overlap.empty()) errors.add(kOverlap, clash.overlap);
    if (!clash.conflict.empty()) errors.add(kConflict, clash.conflict);
    paths_.push_back(path);
  }

  // The value of ADD or DELETE.
  UpdateValue member_value(bool add) {
    UpdateValue out;
    const Value* value = parse_value();
    if (!value) return out;
    out.value = *value;
    const std::string_view name = long_name_of(value->type());
    if (!name.empty() && !(add && value->type() == Type::N))
      errors.add(kOperand, std::string("Incorrect operand type for operator or function; operator: ") +
                               (add ? "ADD" : "DELETE") + ", operand type: " + std::string(name));
    return out;
  }

  // operand, operand + operand, or operand - operand; also in parentheses as a whole.
  UpdateValue set_value() {
    UpdateValue first = operand(true);
    for (const auto& [symbol, kind] : {std::pair("+", Kind::sum), std::pair("-", Kind::difference)}) {
      if (!take_symbol(symbol)) continue;
      UpdateValue out;
      out.kind = kind;
      out.operands.push_back(std::move(first));
      out.operands.push_back(operand(false));
      check_operands(symbol, out.operands, Type::N);
      return out;
    }
    return first;
  }

  UpdateValue operand(bool may_be_sum) {
    if (at_symbol("(")) {
      const Nesting nesting(*this);
      take();
      UpdateValue inner = may_be_sum ? set_value() : operand(false);
      expect_symbol(")");
      return inner;
    }
    UpdateValue out;
    if (peek().kind == Token::Kind::value) {
      if (const Value* value = parse_value())
        out.value = *value;
      else
        out.value.data = List();  // an undefined value, which is noted
      return out;
    }
    const Token& next = peek(1);
    if (peek().kind == Token::Kind::word && at_path() && next.kind == Token::Kind::symbol && next.text == "(")
      return function();
    out.kind = Kind::path;
    out.path = parse_path();
    return out;
  }

  UpdateValue function() {
    const Nesting nesting(*this);
    const std::string name(take().text);
    take();
    UpdateValue out;
    do {
      out.operands.push_back(operand(false));
    } while (take_symbol(","));
    expect_symbol(")");
    const bool append = name == "list_append";
    if (!append && name != "if_not_exists") {
      errors.add(kFunction, "Invalid function name; function: " + name);
      return {};
    }
    if (out.operands.size() != 2) {
      errors.add(kOperandType,
                 "Incorrect number of operands for operator or function; operator or function: " + name +
                     ", number of operands: " + std::to_string(out.operands.size()));
      return {};
    }
    if (append) {
      out.kind = Kind::list_append;
      check_operands(name, out.operands, Type::L);
      return out;
    }
    out.kind = Kind::if_not_exists;
    if (out.operands[0].kind != Kind::path)
      errors.add(kOperandType,
                 "Operator or function requires a document path; operator or function: " + name);
    out.path = std::move(out.operands[0].path);
    out.operands.erase(out.operands.begin());
    return out;
  }

  void check_operands(const std::string& name, const std::vector<UpdateValue>& operands, Type wanted) {
    if (errors.has(kUndefinedValue)) return;
    for (const UpdateValue& o : operands) {
      if (o.kind != Kind::value || o.value.type() == wanted) continue;
      errors.add(kOperandType, "Incorrect operand type for operator or function; operator or function: " +
                                   name + ", operand type: " + std::string(name_of(o.value.type())));
      return;
    }
  }

  Update update_;
  std::vector<Path> paths_;
  bool seen_[std::size(kSections)] = {};
  std::size_t operators_ = 0;
};

}  // namespace

Update parse_update(std::string_view expression, Placeholders& placeholders) {
  return UpdateParser("UpdateExpression", expression, placeholders).parse();
}

}  // namespace millrace::dynamodb
