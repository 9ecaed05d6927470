#include "tests/unit/api/auth/policies/reference.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>
#include <sstream>

namespace millrace::auth::reference {

namespace {

using Texts = std::vector<std::string>;
using Keys = std::map<std::string, Texts>;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Texts list(const Json& value) {
  Texts out;
  const Json all = value.is_array() ? value : Json::array({value});
  for (const Json& one : all) out.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  return out;
}

// A pattern as a list of tokens: "*", "?", or a literal character after a backslash.
using Tokens = Texts;

bool glob(const Tokens& pattern, const std::string& text) {
  // reach[j]: whether the tokens so far match the first j characters.
  std::vector<bool> reach(text.size() + 1, false);
  reach[0] = true;
  for (const std::string& token : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (std::size_t j = 0; j <= text.size(); ++j) {
      if (token == "*") {
        next[j] = reach[j] || (j > 0 && next[j - 1]);
      } else if (j > 0 && reach[j - 1]) {
        next[j] = token == "?" || token[1] == text[j - 1];
      }
    }
    reach = next;
  }
  return reach[text.size()];
}

// nullopt: a variable has no value.
std::optional<Tokens> tokens(const std::string& text, bool wildcards, bool variables, const Keys& keys) {
  Tokens out;
  const auto literal = [&](const std::string& s) {
    for (const char c : s) out.push_back(std::string("\\") + c);
  };
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t close = text.find('}', i);
    if (variables && text.compare(i, 2, "${") == 0 && close != std::string::npos) {
      std::string name = text.substr(i + 2, close - i - 2);
      i = close + 1;
      if (name == "*" || name == "?" || name == "$") {
        literal(name);
        continue;
      }
      std::optional<std::string> fallback;
      if (const std::size_t comma = name.find(", '"); comma != std::string::npos) {
        fallback = name.substr(comma + 3, name.size() - comma - 4);
        name.resize(comma);
      }
      const auto found = keys.find(lower(name));
      if (found != keys.end() && found->second.size() == 1) {
        literal(found->second[0]);
      } else if (fallback) {
        literal(*fallback);
      } else {
        return std::nullopt;
      }
      continue;
    }
    if (wildcards && (text[i] == '*' || text[i] == '?')) {
      out.push_back(std::string(1, text[i]));
    } else {
      literal(std::string(1, text[i]));
    }
    ++i;
  }
  return out;
}

std::optional<std::string> plain(const std::string& text, bool variables, const Keys& keys) {
  const auto parts = tokens(text, false, variables, keys);
  if (!parts) return std::nullopt;
  std::string out;
  for (const std::string& token : *parts) out += token[1];
  return out;
}

std::vector<Tokens> arn_parts(const Tokens& arn) {
  std::vector<Tokens> out(1);
  for (const std::string& token : arn) {
    if (token == "\\:" && out.size() < 6) {
      out.emplace_back();
    } else {
      out.back().push_back(token);
    }
  }
  return out;
}

bool arn_like(const Tokens& pattern, const std::string& arn) {
  if (pattern == Tokens{"*"}) return true;
  Tokens literal;
  for (const char c : arn) literal.push_back(std::string("\\") + c);
  const std::vector<Tokens> a = arn_parts(pattern), b = arn_parts(literal);
  if (a.size() != 6 || b.size() != 6) return false;
  for (std::size_t i = 0; i < 6; ++i) {
    std::string part;
    for (const std::string& token : b[i]) part += token[1];
    if (!glob(a[i], part)) return false;
  }
  return true;
}

std::optional<double> number(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789.-") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double out = std::strtod(text.c_str(), &end);
  if (*end != '\0') return std::nullopt;
  return out;
}

// Seconds; dates are "YYYY-MM-DD", "YYYY-MM-DDTHH:MM:SSZ" or seconds.
std::optional<double> date(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) return number(text);
  if (text == "-3") return -6.2e10;  // the year
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  const int n = std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%dZ", &y, &mo, &d, &h, &mi, &s);
  if (n != 3 && n != 6) return std::nullopt;
  long days = 0;
  const auto leap = [](int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; };
  for (int year = 1970; year < y; ++year) days += leap(year) ? 366 : 365;
  const int lengths[] = {31, leap(y) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (int month = 1; month < mo; ++month) days += lengths[month - 1];
  return static_cast<double>(days + d - 1) * 86400 + h * 3600 + mi * 60 + s;
}

// An IPv4 address or network as text of bits.
std::optional<std::string> bits(const std::string& text) {
  unsigned a = 0, b = 0, c = 0, d = 0, length = 32;
  const int n = std::sscanf(text.c_str(), "%u.%u.%u.%u/%u", &a, &b, &c, &d, &length);
  if (n < 4) return std::nullopt;
  std::string out;
  for (const unsigned byte : {a, b, c, d})
    for (int i = 7; i >= 0; --i) out += ((byte >> i) & 1) != 0 ? '1' : '0';
  return out.substr(0, length);
}

bool compare(const std::string& how, double a, double b) {
  if (how == "Equals") return a == b;
  if (how == "LessThan") return a < b;
  if (how == "LessThanEquals") return a <= b;
  if (how == "GreaterThan") return a > b;
  return a >= b;
}

// Whether a value satisfies the positive operator `op` with one value of the policy.
bool one(const std::string& op, const std::string& value, const std::string& wanted, bool variables,
         const Keys& keys) {
  if (op == "StringLike" || op == "ArnLike" || op == "ArnEquals") {
    const auto pattern = tokens(wanted, true, variables, keys);
    return pattern && (op == "StringLike" ? glob(*pattern, value) : arn_like(*pattern, value));
  }
  const auto text = plain(wanted, variables, keys);
  if (!text) return false;
  if (op == "StringEquals") return value == *text;
  if (op == "StringEqualsIgnoreCase" || op == "Bool") return lower(value) == lower(*text);
  if (op == "BinaryEquals") return value == *text;  // the generator writes canonical base64
  if (op == "IpAddress") {
    const auto a = bits(value), b = bits(*text);
    return a && b && a->substr(0, b->size()) == *b && a->size() >= b->size();
  }
  const bool dates = op.starts_with("Date");
  const auto a = dates ? date(value) : number(value), b = dates ? date(*text) : number(*text);
  return a && b && compare(op.substr(dates ? 4 : 7), *a, *b);
}

bool condition(std::string op, const std::string& key, const Json& wanted, bool variables, const Keys& keys) {
  bool all = false, any = false, if_exists = false, negated = false;
  if (op.starts_with("ForAllValues:")) all = true, op = op.substr(13);
  if (op.starts_with("ForAnyValue:")) any = true, op = op.substr(12);
  if (op.ends_with("IfExists")) if_exists = true, op.resize(op.size() - 8);
  if (const std::size_t no = op.find("Not"); no != std::string::npos) {
    negated = true;
    op.erase(no, 3);
  }
  const auto found = keys.find(lower(key));
  const bool present = found != keys.end() && !found->second.empty();
  if (op == "Null") {
    for (const std::string& w : list(wanted))
      if ((lower(w) == "true") == !present) return true;
    return false;
  }
  if (!present) return if_exists || all || (negated && !any);
  std::size_t matching = 0;
  for (const std::string& value : found->second) {
    bool m = false;
    for (const std::string& w : list(wanted)) m = m || one(op, value, w, variables, keys);
    if (m) ++matching;
  }
  const std::size_t count = found->second.size();
  if (all) return negated ? matching == 0 : matching == count;
  if (any) return negated ? matching < count : matching > 0;
  return negated ? matching == 0 : matching > 0;
}

// The names that stand for the caller, each with the word for it.
std::map<std::string, std::string> chain(const Identity& caller) {
  std::map<std::string, std::string> out;
  const bool in_account = caller.kind == IdentityKind::root || caller.kind == IdentityKind::user ||
                          caller.kind == IdentityKind::assumed_role;
  if (in_account) out["account"] = caller.account;
  if (caller.kind == IdentityKind::assumed_role) out["role"] = caller.role_arn;
  if (caller.kind == IdentityKind::user || caller.kind == IdentityKind::assumed_role)
    out["self"] = caller.arn;
  if (caller.kind == IdentityKind::service) out["self"] = "service " + caller.name;
  if (caller.kind == IdentityKind::anonymous) out["self"] = "nobody";
  return out;
}

std::set<std::string> listed(const Json& principal, const Identity& caller) {
  std::set<std::string> out;
  for (const auto& [word, name] : chain(caller)) {
    if (principal == "*") out.insert(word);
    if (!principal.is_object()) continue;
    for (const auto& [type, names] : principal.items())
      for (const std::string& n : list(names)) {
        if (type == "Service") {
          if ("service " + n == name) out.insert(word);
        } else if (n == "*" || n == name || (word == "account" && n == "arn:aws:iam::" + name + ":root")) {
          out.insert(word);
        }
      }
  }
  return out;
}

struct Said {
  bool deny = false;
  std::set<std::string> allow;  // by which words
};

void read(const Json& policy, bool of_caller, const Question& q, const Keys& keys, Said& said) {
  const bool variables = policy.value("Version", "") == "2012-10-17";
  const Json statements =
      policy["Statement"].is_array() ? policy["Statement"] : Json::array({policy["Statement"]});
  for (const Json& s : statements) {
    const bool allow = s["Effect"] == "Allow";
    bool action = false;
    for (const std::string& a : list(s.contains("Action") ? s["Action"] : s["NotAction"]))
      action = action || glob(*tokens(lower(a), true, false, keys), lower(q.action));
    if (action != s.contains("Action")) continue;
    if (s.contains("Resource") || s.contains("NotResource")) {
      bool match = false, unknown = false;
      for (const std::string& r : list(s.contains("Resource") ? s["Resource"] : s["NotResource"])) {
        const auto pattern = tokens(r, true, variables, keys);
        if (!pattern) unknown = true;
        match = match || (pattern && glob(*pattern, q.resource));
      }
      if (match != s.contains("Resource")) continue;
      if (s.contains("NotResource") && allow && unknown) continue;
    }
    bool holds = true;
    if (s.contains("Condition"))
      for (const auto& [op, block] : s["Condition"].items())
        for (const auto& [key, wanted] : block.items())
          holds = holds && condition(op, key, wanted, variables, keys);
    if (!holds) continue;
    std::set<std::string> words = {"self"};
    if (!of_caller) {
      std::set<std::string> everything;
      for (const auto& [word, name] : chain(q.caller)) everything.insert(word);
      if (s.contains("Principal")) {
        words = listed(s["Principal"], q.caller);
      } else {
        const std::set<std::string> in = listed(s["NotPrincipal"], q.caller);
        if (allow) {
          words = in.empty() ? everything : std::set<std::string>();
        } else {
          words = in.size() < everything.size() ? everything : std::set<std::string>();
        }
      }
    }
    if (words.empty()) continue;
    if (allow) {
      said.allow.insert(words.begin(), words.end());
    } else {
      said.deny = true;
    }
  }
}

Keys keys_of(const Question& q) {
  Keys out;
  const Identity& c = q.caller;
  const auto set = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) out[key] = {value};
  };
  const bool anonymous = c.kind == IdentityKind::anonymous, service = c.kind == IdentityKind::service;
  const bool session = c.kind == IdentityKind::assumed_role;
  set("aws:principalarn", session ? c.role_arn : c.arn);
  set("aws:principalaccount", anonymous ? "anonymous" : c.account);
  set("aws:principaltype", anonymous                      ? "Anonymous"
                           : service                      ? ""
                           : session                      ? "AssumedRole"
                           : c.kind == IdentityKind::user ? "User"
                                                          : "Account");
  set("aws:userid", anonymous ? "anonymous" : c.id);
  if (c.kind == IdentityKind::user) set("aws:username", c.name);
  set("aws:principalisawsservice", service ? "true" : "false");
  set("aws:viaawsservice", "false");
  if (session) set("aws:multifactorauthpresent", "false");
  for (const auto& [key, value] : c.tags) out["aws:principaltag/" + lower(key)] = {value};
  set("aws:resourceaccount", q.resource_account.empty() ? c.account : q.resource_account);
  for (const auto& [key, values] : q.context) out[lower(key)] = values;
  return out;
}

}  // namespace

std::string answer(const Question& q) {
  const Keys keys = keys_of(q);
  const Identity& c = q.caller;
  const bool root = c.kind == IdentityKind::root;
  const bool outside = c.kind == IdentityKind::anonymous || c.kind == IdentityKind::service;
  Said identity, boundary, session, resource;
  for (const Json& policy : q.resource_policies) read(policy, false, q, keys, resource);
  if (!root) {
    for (const Json& policy : q.identity) read(policy, true, q, keys, identity);
    if (!q.boundary.is_null()) read(q.boundary, true, q, keys, boundary);
    if (q.has_session)
      for (const Json& policy : q.session) read(policy, true, q, keys, session);
  }
  const std::string of_resource = q.rule == "trust" ? "trust" : "resource";
  if (identity.deny) return "explicit_deny identity";
  if (resource.deny) return "explicit_deny " + of_resource;
  if (boundary.deny) return "explicit_deny boundary";
  if (session.deny) return "explicit_deny session";

  const bool resource_allows = !resource.allow.empty();
  if (outside) return resource_allows ? "allowed" : "implicit_deny " + of_resource;
  const bool boundary_allows = root || q.boundary.is_null() || !boundary.allow.empty();
  const bool session_allows = root || !q.has_session || !session.allow.empty();
  const bool same = q.resource_account.empty() || q.resource_account == c.account;
  if (same && q.rule != "either" && !resource_allows) return "implicit_deny " + of_resource;
  if (same && resource.allow.contains("self")) return "allowed";
  bool base = root || !identity.allow.empty();
  if (same && resource.allow.contains("role")) base = true;
  if (!base) return "implicit_deny identity";
  if (!boundary_allows) return "implicit_deny boundary";
  if (!session_allows) return "implicit_deny session";
  if (!same && !resource_allows) return "implicit_deny " + of_resource;
  return "allowed";
}

}  // namespace millrace::auth::reference
