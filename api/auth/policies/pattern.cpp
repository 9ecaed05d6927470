#include "api/auth/policies/pattern.h"

#include <algorithm>

#include "api/core/ascii.h"

namespace millrace::auth {

namespace {

char16_t unit_of(char c) { return static_cast<unsigned char>(c); }

// The offset behind the character, in UTF-8, that begins at `at`.
std::size_t behind_character(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;) ++at;
  return at;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

bool matches_code(std::u16string_view code, std::string_view text) {
  constexpr std::size_t kNone = std::u16string_view::npos;
  std::size_t c = 0, t = 0;
  std::size_t after_run = kNone, run_end = 0;  // the last wildcard of any run, and where it ends at present
  while (t < text.size()) {
    if (c < code.size() && code[c] == kAnyRun) {
      after_run = ++c;
      run_end = t;
      if (c == code.size()) return true;
    } else if (c < code.size() && code[c] == kAnyCharacter) {
      ++c;
      t = behind_character(text, t);
    } else if (c < code.size() && code[c] == unit_of(text[t])) {
      ++c;
      ++t;
    } else if (after_run != kNone) {
      c = after_run;
      t = ++run_end;
    } else {
      return false;
    }
  }
  while (c < code.size() && code[c] == kAnyRun) ++c;
  return c == code.size();
}

Pattern::Pattern(std::string_view text, PatternSyntax syntax) {
  compile(text, syntax);
  classify();
}

void Pattern::compile(std::string_view text, PatternSyntax syntax) {
  pieces_.emplace_back();
  // Of an opening that is not closed, all that follow are not closed either.
  bool variables = syntax.variables;
  for (std::size_t i = 0; i < text.size(); ++i) {
    PatternCode& code = pieces_.back().code;
    if (variables && text.substr(i, 2) == "${") {
      const std::size_t end = text.find('}', i);
      variables = end != std::string_view::npos;
      if (variables) {
        add_variable(text.substr(i + 2, end - i - 2));
        i = end;
        continue;
      }
    }
    if (syntax.wildcards && text[i] == '*') {
      if (code.empty() || code.back() != kAnyRun) code += kAnyRun;
    } else if (syntax.wildcards && text[i] == '?') {
      code += kAnyCharacter;
    } else {
      code += unit_of(text[i]);
    }
  }
}

void Pattern::add_variable(std::string_view inside) {
  Piece& piece = pieces_.back();
  if (inside == "*" || inside == "?" || inside == "$") {
    piece.code += unit_of(inside.front());
    return;
  }
  const std::size_t comma = inside.find(',');
  if (comma != std::string_view::npos) {
    const std::string_view value = trimmed(inside.substr(comma + 1));
    const bool quoted = value.size() >= 2 && value.front() == '\'' && value.back() == '\'';
    piece.fallback = std::string(quoted ? value.substr(1, value.size() - 2) : value);
  }
  piece.name = std::string(trimmed(inside.substr(0, comma)));
  piece.key = lowered(piece.name);
  pieces_.emplace_back();
}

void Pattern::classify() {
  if (pieces_.size() > 1) {
    form_ = Form::variables;
    return;
  }
  literals_.emplace_back();
  for (const char16_t unit : pieces_.front().code) {
    if (unit == kAnyCharacter) {
      form_ = Form::glob;
      return;
    }
    if (unit == kAnyRun) {
      literals_.emplace_back();
    } else {
      literals_.back() += static_cast<char>(unit);
    }
  }
}

bool Pattern::matches_literals(std::string_view text) const {
  if (literals_.size() == 1) return text == literals_.front();
  const std::string &first = literals_.front(), &last = literals_.back();
  if (text.size() < first.size() + last.size() || !text.starts_with(first) || !text.ends_with(last))
    return false;
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  for (std::size_t i = 1; i + 1 < literals_.size(); ++i) {
    const std::size_t found = text.find(literals_[i]);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + literals_[i].size());
  }
  return true;
}

bool Pattern::matches(std::string_view text, const KeySource& keys) const {
  if (form_ == Form::literals) return matches_literals(text);
  if (form_ == Form::glob) return matches_code(pieces_.front().code, text);
  const auto full = code(keys, text.size());
  return full && matches_code(*full, text);
}

const std::string* Pattern::value_of(const Piece& piece, const KeySource& keys) {
  const KeyValues* values = keys.find(piece.key);
  if (values && values->size() == 1) return &values->front();
  return piece.fallback ? &*piece.fallback : nullptr;
}

bool Pattern::resolves(const KeySource& keys) const {
  return std::all_of(pieces_.begin(), pieces_.end() - 1,
                     [&](const Piece& piece) { return value_of(piece, keys) != nullptr; });
}

std::optional<PatternCode> Pattern::code(const KeySource& keys, std::size_t most) const {
  PatternCode out;
  out.reserve(pieces_.front().code.size() + 64);
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    out += pieces_[i].code;
    if (i + 1 == pieces_.size()) break;
    const std::string* value = value_of(pieces_[i], keys);
    if (!value || value->size() > most) return std::nullopt;
    most -= value->size();
    for (const char c : *value) out += unit_of(c);
  }
  return out;
}

std::optional<std::string> Pattern::text(const KeySource& keys, std::size_t most) const {
  if (form_ == Form::literals && literals_.size() == 1) return literals_.front();
  const auto full = code(keys, most);
  if (!full) return std::nullopt;
  std::string out;
  out.reserve(full->size());
  for (const char16_t unit : *full) out += static_cast<char>(unit);
  return out;
}

void Pattern::append_keys(std::vector<std::string>& names) const {
  for (const Piece& piece : pieces_)
    if (!piece.name.empty()) names.push_back(piece.name);
}

}  // namespace millrace::auth
