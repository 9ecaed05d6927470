// Patterns in policies: text with '*' (any run of characters), '?' (one character) and variables such as
// ${aws:username}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/auth/policies/context.h"

namespace millrace::auth {

// A pattern without variables: bytes, and the two wildcards as units that no byte has. What a variable's
// value contains is literal, also '*'.
using PatternCode = std::u16string;
inline constexpr char16_t kAnyRun = 0x100;
inline constexpr char16_t kAnyCharacter = 0x101;

// Whether the whole text matches. The time is at most the product of the sizes; the memory is constant.
[[nodiscard]] bool matches_code(std::u16string_view code, std::string_view text);

struct PatternSyntax {
  bool wildcards = true;   // whether '*' and '?' have a meaning
  bool variables = false;  // whether ${...} has one: in documents of the version 2012-10-17
};

// Compiled once, and matched many times. Text of a variable that is not closed is literal.
class Pattern {
 public:
  Pattern(std::string_view text, PatternSyntax syntax);

  // Case counts. False if the pattern names a key that the request does not have.
  [[nodiscard]] bool matches(std::string_view text, const KeySource& keys) const;

  [[nodiscard]] bool has_variables() const { return form_ == Form::variables; }
  // Whether every variable has a value. A key with several values has none as a variable.
  [[nodiscard]] bool resolves(const KeySource& keys) const;
  // The pattern with the values of its variables. nullopt: one has no value, or the pattern has more than
  // `most` bytes besides wildcards and cannot match a text of that size.
  [[nodiscard]] std::optional<PatternCode> code(const KeySource& keys, std::size_t most) const;
  // The text of a pattern without wildcards; nullopt: a variable has no value. `most` as in `code`.
  [[nodiscard]] std::optional<std::string> text(const KeySource& keys, std::size_t most) const;
  // Appends the names of the keys that the variables have, as they are written.
  void append_keys(std::vector<std::string>& names) const;

 private:
  // literals: between wildcards of any run. glob: with a wildcard of one character.
  enum class Form : std::uint8_t { literals, glob, variables };
  // Code, followed by a variable except in the last piece.
  struct Piece {
    PatternCode code;
    std::string name, key;  // as written, and in small letters; empty: there is no variable
    std::optional<std::string> fallback;
  };

  void compile(std::string_view text, PatternSyntax syntax);
  // Compiles the variable whose inside this is.
  void add_variable(std::string_view inside);
  void classify();
  [[nodiscard]] bool matches_literals(std::string_view text) const;
  static const std::string* value_of(const Piece& piece, const KeySource& keys);

  Form form_ = Form::literals;
  std::vector<std::string> literals_;  // at least one; of those at the ends, empty: the end is a wildcard
  std::vector<Piece> pieces_;
};

}  // namespace millrace::auth
