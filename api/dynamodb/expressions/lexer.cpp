#include "api/dynamodb/expressions/lexer.h"

#include <algorithm>
#include <charconv>

#include "api/dynamodb/errors.h"
#include "api/dynamodb/expressions/reserved_words.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kMaxIndexDigits = 9;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_word(char c) { return starts_word(c) || is_digit(c); }

bool same_word(std::string_view word, std::string_view upper) {
  if (word.size() != upper.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c) != upper[i]) return false;
  }
  return true;
}

// The token at the start of the text, which is not empty and starts with no space.
Token first_token(std::string_view text) {
  using Kind = Token::Kind;
  const auto run = [&](std::size_t from, auto&& belongs) {
    std::size_t end = from;
    while (end < text.size() && belongs(text[end])) ++end;
    return text.substr(0, end);
  };
  if (starts_word(text[0])) return {Kind::word, run(1, continues_word)};
  if (is_digit(text[0])) return {Kind::number, run(1, is_digit)};
  if (text[0] == '#' || text[0] == ':')
    return {text[0] == '#' ? Kind::name : Kind::value, run(1, continues_word)};
  for (const std::string_view two : {"<=", "<>", ">="})
    if (text.starts_with(two)) return {Kind::symbol, text.substr(0, 2)};
  return {Kind::symbol, text.substr(0, 1)};
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> out;
  for (;;) {
    while (!text.empty() && is_space(text[0])) text.remove_prefix(1);
    if (text.empty()) break;
    out.push_back(first_token(text));
    text.remove_prefix(out.back().text.size());
  }
  out.push_back({Token::Kind::end, text});
  return out;
}

}  // namespace

void FirstErrors::add(const char* kind, const std::string& text) {
  if (!has(kind)) texts_.emplace_back(kind, text);
}

const std::string* FirstErrors::first_of(std::initializer_list<const char*> kinds) const {
  for (const char* kind : kinds)
    if (const std::string* text = earliest_of({kind})) return text;
  return nullptr;
}

const std::string* FirstErrors::earliest_of(std::initializer_list<std::string_view> kinds) const {
  for (const auto& [noted, text] : texts_)
    if (std::find(kinds.begin(), kinds.end(), noted) != kinds.end()) return &text;
  return nullptr;
}

Parser::Parser(const char* the_member, std::string_view the_expression, Placeholders& the_placeholders)
    : member(the_member), expression(the_expression), placeholders(the_placeholders) {
  if (expression.empty()) fail("The expression can not be empty;");
  if (expression.size() > kMaxBytes)
    fail("Expression size has exceeded the maximum allowed size; expression size: " +
         std::to_string(expression.size()));
  tokens_ = tokens_of(expression);
}

const Token& Parser::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}
Token Parser::take() {
  const Token token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}
bool Parser::at_symbol(std::string_view symbol) const {
  return peek().kind == Token::Kind::symbol && peek().text == symbol;
}
bool Parser::at_keyword(std::string_view upper) const {
  return peek().kind == Token::Kind::word && same_word(peek().text, upper);
}
bool Parser::take_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  take();
  return true;
}
bool Parser::take_keyword(std::string_view upper) {
  if (!at_keyword(upper)) return false;
  take();
  return true;
}
void Parser::expect_symbol(std::string_view symbol) {
  if (!take_symbol(symbol)) syntax_error();
}
void Parser::expect_end() const {
  if (peek().kind != Token::Kind::end) syntax_error();
}

bool Parser::at_path() const {
  if (peek().kind == Token::Kind::name) return true;
  return peek().kind == Token::Kind::word && !is_keyword(peek().text);
}

std::string Parser::path_name() {
  if (!at_path()) syntax_error();
  const Token token = take();
  std::string text(token.text);
  if (token.kind == Token::Kind::word) {
    if (is_reserved(text))
      errors.add(kReserved, "Attribute name is a reserved keyword; reserved keyword: " + text);
    return text;
  }
  if (const std::string* name = placeholders.name(text)) return *name;
  errors.add(
      kUndefinedName,
      "An expression attribute name used in the document path is not defined; attribute name: " + text);
  return text;
}

Path Parser::parse_path() {
  Path path{path_name()};
  parse_path_rest(path);
  return path;
}

void Parser::parse_path_rest(Path& path) {
  for (;;) {
    if (take_symbol(".")) {
      path.emplace_back(path_name());
    } else if (take_symbol("[")) {
      if (peek().kind != Token::Kind::number) syntax_error();
      const std::string_view digits = peek().text;
      if (digits.size() > kMaxIndexDigits)
        fail("List index is not within the allowable range; index: [" + std::string(digits) + "]");
      take();
      std::size_t index = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), index);
      path.emplace_back(index);
      expect_symbol("]");
    } else {
      break;
    }
  }
  if (path.size() > dynamodb::kMaxNesting)
    fail("The document path has too many nesting elements; nesting levels: " + std::to_string(path.size()));
}

const Value* Parser::parse_value() {
  if (peek().kind != Token::Kind::value) syntax_error();
  const std::string text(take().text);
  if (const Value* value = placeholders.value(text)) return value;
  errors.add(kUndefinedValue,
             "An expression attribute value used in expression is not defined; attribute value: " + text);
  return nullptr;
}

// `near` is the text from the token before to the one behind.
void Parser::syntax_error() const {
  const Token& token = peek();
  const char* from = at_ > 0 ? tokens_[at_ - 1].text.data() : token.text.data();
  const Token& last = tokens_[std::min(at_ + 1, tokens_.size() - 1)];
  const char* to = last.text.data() + last.text.size();
  std::string_view near(from, static_cast<std::size_t>(to - from));
  while (!near.empty() && is_space(near.back())) near.remove_suffix(1);
  const std::string shown_token =
      token.kind == Token::Kind::end ? std::string("<EOF>") : std::string(token.text);
  fail("Syntax error; token: \"" + shown_token + "\", near: \"" + std::string(near) + "\"");
}

void Parser::fail(const std::string& text) const {
  throw invalid(std::string("Invalid ") + member + ": " + text);
}

void Parser::throw_noted(std::initializer_list<const char*> kinds) const {
  if (const std::string* text = errors.first_of(kinds)) fail(*text);
}

Parser::Nesting::Nesting(Parser& parser) : parser_(parser) {
  if (++parser_.nesting_ > kMaxNesting) {
    --parser_.nesting_;
    parser_.fail("The expression has too many nested parentheses; levels: " +
                 std::to_string(kMaxNesting + 1));
  }
}

}  // namespace millrace::dynamodb
