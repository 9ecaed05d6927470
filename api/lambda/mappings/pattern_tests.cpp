#include "api/lambda/mappings/pattern_tests.h"

#include <algorithm>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <optional>
#include <vector>

#include "api/lambda/mappings/event_pattern.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;
using Text = std::string;

constexpr double kLargestNumber = 5e9;
// Every star is a place to come back to.
constexpr std::size_t kMaxStars = 32;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
Text lower(Text text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return lower(c); });
  return text;
}
// Without a copy of either.
bool equals(std::string_view text, std::string_view wanted, bool any_case) {
  if (!any_case) return text == wanted;
  return std::equal(text.begin(), text.end(), wanted.begin(), wanted.end(),
                    [](char a, char b) { return lower(a) == b; });
}

using TextTest = std::function<bool(const Text&)>;

// Of a value that is no text: no.
ValueTest of_text(TextTest test) {
  return [t = std::move(test)](const Json& v) { return v.is_string() && t(v.get_ref<const Text&>()); };
}

// The text of an operator's argument, in lower case if case does not count: "a" or {"equals-ignore-case":
// "a"}.
struct Affix {
  Text text;
  bool any_case = false;
};
Affix affix_of(const std::string& name, const Json& argument) {
  if (argument.is_string()) return {argument};
  if (argument.is_object() && argument.size() == 1 && argument.begin().key() == "equals-ignore-case" &&
      argument.begin()->is_string())
    return {lower(argument.begin()->get<Text>()), true};
  throw BadPattern(name + " match pattern must be a string");
}

TextTest prefix_test(const Json& argument) {
  const Affix a = affix_of("prefix", argument);
  return
      [a](const Text& v) { return equals(std::string_view(v).substr(0, a.text.size()), a.text, a.any_case); };
}

TextTest suffix_test(const Json& argument) {
  const Affix a = affix_of("suffix", argument);
  return [a](const Text& v) {
    return v.size() >= a.text.size() &&
           equals(std::string_view(v).substr(v.size() - a.text.size()), a.text, a.any_case);
  };
}

TextTest ignore_case_test(const Json& argument) {
  if (!argument.is_string()) throw BadPattern("equals-ignore-case match pattern must be a string");
  return [wanted = lower(argument.get<Text>())](const Text& v) { return equals(v, wanted, true); };
}

// The texts between the stars.
std::vector<Text> pieces_of(const Text& pattern) {
  std::vector<Text> pieces(1);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      if (i + 1 == pattern.size() || (pattern[i + 1] != '*' && pattern[i + 1] != '\\'))
        throw BadPattern("Invalid escape character at pos " + std::to_string(i));
      pieces.back() += pattern[++i];
    } else if (pattern[i] == '*') {
      if (i + 1 < pattern.size() && pattern[i + 1] == '*')
        throw BadPattern("Consecutive wildcard characters at pos " + std::to_string(i));
      pieces.emplace_back();
    } else {
      pieces.back() += pattern[i];
    }
  }
  if (pieces.size() > kMaxStars + 1) throw BadPattern("Rule is too complex");
  return pieces;
}

TextTest wildcard_test(const Json& argument) {
  if (!argument.is_string()) throw BadPattern("wildcard match pattern must be a string");
  return [pieces = pieces_of(argument)](const Text& v) {
    if (pieces.size() == 1) return v == pieces.front();
    const Text &first = pieces.front(), &last = pieces.back();
    if (v.size() < first.size() + last.size() || !v.starts_with(first) || !v.ends_with(last)) return false;
    // Those in between, each as early as it can be.
    std::size_t at = first.size();
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
      at = v.find(pieces[i], at);
      if (at == Text::npos) return false;
      at += pieces[i].size();
    }
    return at + last.size() <= v.size();
  };
}

std::optional<TextTest> text_test(const std::string& name, const Json& argument) {
  if (name == "prefix") return prefix_test(argument);
  if (name == "suffix") return suffix_test(argument);
  if (name == "equals-ignore-case") return ignore_case_test(argument);
  if (name == "wildcard") return wildcard_test(argument);
  return std::nullopt;
}

// {"anything-but": {"prefix": ...}} and the like, of one argument or several.
ValueTest none_of_texts(const std::string& name, const Json& argument) {
  const bool affix = name == "prefix" || name == "suffix";
  std::vector<TextTest> tests;
  for (const Json& one : argument.is_array() ? argument : Json::array({argument})) {
    if (affix && one == "") throw BadPattern("Null prefix/suffix not allowed");
    auto test = text_test(name, one);
    if (!test) throw BadPattern("Unsupported anything-but pattern: " + name);
    tests.push_back(std::move(*test));
  }
  if (tests.empty()) throw BadPattern("Empty arrays are not allowed");
  return [tests = std::move(tests)](const Json& v) {
    if (!v.is_string()) return true;
    return std::none_of(tests.begin(), tests.end(),
                        [&](const TextTest& t) { return t(v.get_ref<const Text&>()); });
  };
}

ValueTest anything_but_test(const Json& argument) {
  constexpr const char* kWrong = "Value of anything-but must be an array or single string/number value.";
  if (argument.is_object()) {
    if (argument.size() != 1) throw BadPattern("Only one key allowed in match expression");
    return none_of_texts(argument.begin().key(), *argument.begin());
  }
  const Json values = argument.is_array() ? argument : Json::array({argument});
  if (values.empty()) throw BadPattern("Empty arrays are not allowed");
  const bool texts = values.front().is_string();
  EqualValues unwanted;
  for (const Json& v : values) {
    if (texts ? !v.is_string() : !v.is_number()) throw BadPattern(kWrong);
    unwanted.add(v);
  }
  return [unwanted = std::move(unwanted)](const Json& v) { return !unwanted.contains(v); };
}

// ["=", 5], [">", 0], [">=", 0, "<", 5].
ValueTest numeric_test(const Json& argument) {
  if (!argument.is_array()) throw BadPattern("Value of numeric must be an array.");
  if (argument.empty() || argument.size() % 2 != 0 || argument.size() > 4)
    throw BadPattern("Bad numeric range: an operator and a number, once or twice");
  std::vector<std::function<bool(double)>> tests;
  bool lower_bound = false, upper_bound = false;
  for (std::size_t i = 0; i < argument.size(); i += 2) {
    if (!argument[i].is_string()) throw BadPattern("Invalid member in numeric match: " + argument[i].dump());
    const Text op = argument[i];
    if (!argument[i + 1].is_number()) throw BadPattern("Value of " + op + " must be numeric");
    const double n = argument[i + 1];
    if (n < -kLargestNumber || n > kLargestNumber)
      throw BadPattern("Value must be between -5.0E9 and 5.0E9, inclusive");
    const bool is_lower = op.starts_with('>'), is_upper = op.starts_with('<');
    if ((is_lower && std::exchange(lower_bound, true)) || (is_upper && std::exchange(upper_bound, true)))
      throw BadPattern("Bad numeric range operator: " + op);
    if (op == "=" && argument.size() == 2)
      tests.emplace_back([n](double v) { return v == n; });
    else if (op == "<")
      tests.emplace_back([n](double v) { return v < n; });
    else if (op == "<=")
      tests.emplace_back([n](double v) { return v <= n; });
    else if (op == ">")
      tests.emplace_back([n](double v) { return v > n; });
    else if (op == ">=")
      tests.emplace_back([n](double v) { return v >= n; });
    else
      throw BadPattern("Unrecognized numeric range operator: " + op);
  }
  return [tests = std::move(tests)](const Json& v) {
    return v.is_number() &&
           std::all_of(tests.begin(), tests.end(), [n = v.get<double>()](const auto& t) { return t(n); });
  };
}

// Of one version of IP, by Asio's functions for it.
template <class MakeNetwork, class MakeAddress>
ValueTest in_network(const Text& text, MakeNetwork make_network, MakeAddress make_address) {
  boost::system::error_code bad;
  const auto network = make_network(text, bad).canonical();
  if (bad) throw BadPattern("Malformed CIDR, one '/' required");
  return of_text([network, make_address](const Text& v) {
    boost::system::error_code none;
    const auto address = make_address(v, none);
    return !none && decltype(network)(address, network.prefix_length()).canonical() == network;
  });
}

ValueTest cidr_test(const Json& argument) {
  namespace ip = boost::asio::ip;
  using Error = boost::system::error_code;
  if (!argument.is_string()) throw BadPattern("prefix match pattern must be a string");
  const Text text = argument;
  if (text.find(':') == Text::npos)
    return in_network(
        text, [](const Text& t, Error& e) { return ip::make_network_v4(t, e); },
        [](const Text& t, Error& e) { return ip::make_address_v4(t, e); });
  return in_network(
      text, [](const Text& t, Error& e) { return ip::make_network_v6(t, e); },
      [](const Text& t, Error& e) { return ip::make_address_v6(t, e); });
}

}  // namespace

void EqualValues::add(const Json& scalar) {
  if (scalar.is_string()) texts_.insert(scalar.get_ref<const Text&>());
  if (scalar.is_number()) numbers_.insert(scalar.get<double>());
  if (scalar.is_boolean()) (scalar.get<bool>() ? true_ : false_) = true;
  if (scalar.is_null()) null_ = true;
}

bool EqualValues::contains(const Json& value) const {
  if (value.is_string()) return !texts_.empty() && texts_.contains(value.get_ref<const Text&>());
  if (value.is_number()) return !numbers_.empty() && numbers_.contains(value.get<double>());
  if (value.is_boolean()) return value.get<bool>() ? true_ : false_;
  return value.is_null() && null_;
}

ValueTest comparison_test(const std::string& name, const Json& argument) {
  if (auto test = text_test(name, argument)) return of_text(std::move(*test));
  if (name == "anything-but") return anything_but_test(argument);
  if (name == "numeric") return numeric_test(argument);
  if (name == "cidr") return cidr_test(argument);
  throw BadPattern("Unrecognized match type " + name);
}

}  // namespace millrace::lambda
