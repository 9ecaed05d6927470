// The tokens of an expression, and what the parsers of all expressions share: paths, placeholders, AWS's
// texts for syntax errors, and the limits of length and nesting.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/dynamodb/expressions/path.h"
#include "api/dynamodb/expressions/placeholders.h"

namespace millrace::dynamodb {

struct Token {
  enum class Kind { word, name, value, number, symbol, end };
  Kind kind = Kind::end;
  std::string_view text;  // a part of the expression
};

// The first error of each kind. AWS reports syntax errors first; of the others, a parser says which comes
// first.
class FirstErrors {
 public:
  void add(const char* kind, const std::string& text);
  // The text of the first of these kinds that has one; nullptr: none.
  [[nodiscard]] const std::string* first_of(std::initializer_list<const char*> kinds) const;
  // The text that was noted first, of all of these kinds; nullptr: none.
  [[nodiscard]] const std::string* earliest_of(std::initializer_list<std::string_view> kinds) const;
  [[nodiscard]] bool has(const char* kind) const { return first_of({kind}) != nullptr; }

 private:
  std::vector<std::pair<std::string_view, std::string>> texts_;  // in the order in which they were noted
};

class Parser {
 public:
  // `member`: of the request ("ConditionExpression"), which begins every error. Throws ValidationException if
  // the expression is empty, too long, or has too many operators.
  Parser(const char* member, std::string_view expression, Placeholders& placeholders);

 protected:
  static constexpr std::size_t kMaxBytes = 4096, kMaxNesting = 100;

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const;
  Token take();
  [[nodiscard]] bool at_symbol(std::string_view symbol) const;
  [[nodiscard]] bool at_keyword(std::string_view upper) const;
  bool take_symbol(std::string_view symbol);
  bool take_keyword(std::string_view upper);
  void expect_symbol(std::string_view symbol);
  void expect_end() const;

  // "name", "#alias" at the place; a keyword of the expression's grammar is none.
  [[nodiscard]] virtual bool is_keyword(std::string_view word) const = 0;
  [[nodiscard]] bool at_path() const;
  // A path; undefined aliases and reserved words are noted.
  [[nodiscard]] Path parse_path();
  // Continues a path with ".name" and "[n]".
  void parse_path_rest(Path& path);
  // A ":value"; nullptr: it is not defined, which is noted.
  const Value* parse_value();

  [[noreturn]] void syntax_error() const;
  [[noreturn]] void fail(const std::string& text) const;
  // Throws the first noted error in this order of kinds.
  void throw_noted(std::initializer_list<const char*> kinds) const;

  // Counts nested parentheses while it lives.
  class Nesting {
   public:
    explicit Nesting(Parser& parser);
    ~Nesting() { --parser_.nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };

  ~Parser() = default;

  FirstErrors errors;
  const char* const member;
  std::string_view const expression;
  Placeholders& placeholders;

 private:
  std::string path_name();

  std::vector<Token> tokens_;
  std::size_t at_ = 0, nesting_ = 0;
};

// The kinds of errors that all parsers note.
inline constexpr const char *kReserved = "reserved", *kUndefinedName = "name", *kUndefinedValue = "value";

}  // namespace millrace::dynamodb
