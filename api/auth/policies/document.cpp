#include "api/auth/policies/document.h"

#include <algorithm>

#include "api/auth/policies/checks.h"
#include "api/core/ascii.h"
#include "api/core/json.h"

namespace millrace::auth {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kNewestVersion = "2012-10-17";

// A string, a Boolean or a number as the text that conditions compare.
std::string text_of(const Json& value) {
  return value.is_string() ? value.get_ref<const std::string&>() : value.dump();
}

// One or more texts; null elements of a list do not count.
std::vector<std::string> texts_of(const Json& one_or_more) {
  std::vector<std::string> out;
  if (!one_or_more.is_array()) return {text_of(one_or_more)};
  for (const Json& element : one_or_more)
    if (!element.is_null()) out.push_back(text_of(element));
  return out;
}

PrincipalName aws_principal(std::string text) {
  using Kind = PrincipalName::Kind;
  if (text == "*") return {Kind::everyone, {}};
  if (text.size() == 12 && is_digits(text)) return {Kind::account, std::move(text)};
  if (!text.starts_with("arn:")) return {Kind::id, std::move(text)};
  constexpr std::string_view kRoot = ":root";
  const std::size_t iam = text.find(":iam::");
  if (iam != std::string::npos && text.ends_with(kRoot) && text.size() == iam + 6 + 12 + kRoot.size())
    return {Kind::account, text.substr(iam + 6, 12)};
  return {Kind::arn, std::move(text)};
}

std::vector<PrincipalName> principals_of(const Json& principal) {
  using Kind = PrincipalName::Kind;
  if (principal.is_string()) return {{Kind::everyone, {}}};
  std::vector<PrincipalName> out;
  for (const auto& [type, names] : principal.items()) {
    for (std::string& name : texts_of(names)) {
      if (type == "AWS") {
        out.push_back(aws_principal(std::move(name)));
      } else {
        const Kind kind = type == "Service"     ? Kind::service
                          : type == "Federated" ? Kind::federated
                                                : Kind::canonical_user;
        out.push_back({kind, std::move(name)});
      }
    }
  }
  return out;
}

std::vector<Condition> conditions_of(const Json& block, bool variables) {
  std::vector<Condition> out;
  for (const auto& [name, keys] : block.items()) {
    const auto op = parse_operator(name);
    if (!op) continue;  // without keys, or the document would not have passed the checks
    for (const auto& [key, values] : keys.items()) out.emplace_back(*op, key, texts_of(values), variables);
  }
  return out;
}

Statement compile(const Json& json, bool variables) {
  Statement out;
  out.sid = json.value("Sid", "");
  out.allow = json.at("Effect") == "Allow";
  out.not_actions = json.contains("NotAction");
  for (std::string& action : texts_of(json.at(out.not_actions ? "NotAction" : "Action")))
    out.actions.emplace_back(lowered(std::move(action)), PatternSyntax{});
  out.not_resources = json.contains("NotResource");
  if (out.not_resources || json.contains("Resource"))
    for (const std::string& resource : texts_of(json.at(out.not_resources ? "NotResource" : "Resource")))
      out.resources.emplace_back(resource, PatternSyntax{.variables = variables});
  out.not_principals = json.contains("NotPrincipal");
  if (out.not_principals || json.contains("Principal"))
    out.principals = principals_of(json.at(out.not_principals ? "NotPrincipal" : "Principal"));
  if (json.contains("Condition")) out.conditions = conditions_of(json.at("Condition"), variables);
  return out;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The range of the value that begins at or after `at`, in a JSON document.
TextRange value_at(std::string_view json, std::size_t at) {
  while (at < json.size() && (is_space(json[at]) || json[at] == ',')) ++at;
  const std::size_t begin = at;
  std::size_t depth = 0;
  bool in_string = false;
  for (; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '\\' && in_string) {
      ++at;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      ++depth;
    } else if (!in_string && (c == '}' || c == ']') && --depth == 0) {
      return {begin, at + 1};
    }
  }
  return {begin, at};
}

}  // namespace

PolicyPtr parse_policy(std::string_view json, PolicyKind kind) {
  const Json document = json.size() <= kMaxPolicyBytes ? parse_json(json) : Json(Json::value_t::discarded);
  check_policy(document, kind);
  std::string version = document.value("Version", "");
  const bool variables = version == kNewestVersion;
  std::vector<Statement> statements;
  const Json& list = document.at("Statement");
  if (list.is_array()) {
    statements.reserve(list.size());
    for (const Json& statement : list) statements.push_back(compile(statement, variables));
  } else {
    statements.push_back(compile(list, variables));
  }
  return std::make_shared<const Policy>(kind, std::move(version), std::move(statements));
}

std::vector<std::string> Policy::context_keys() const {
  std::vector<std::string> out;
  for (const Statement& statement : statements_) {
    for (const Pattern& resource : statement.resources) resource.append_keys(out);
    for (const Condition& condition : statement.conditions) condition.append_keys(out);
  }
  std::sort(out.begin(), out.end());
  const auto same = [](const std::string& a, const std::string& b) { return lowered(a) == lowered(b); };
  std::stable_sort(out.begin(), out.end(),
                   [](const std::string& a, const std::string& b) { return lowered(a) < lowered(b); });
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

std::size_t policy_size(std::string_view json) {
  return static_cast<std::size_t>(std::count_if(json.begin(), json.end(), [](char c) {
    return !is_space(c) && (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // a character's first byte
  }));
}

void require_newest_version(const Policy& policy) {
  if (policy.version() != kNewestVersion)
    throw MalformedPolicy("Policy document must be version 2012-10-17 or greater.");
}

std::vector<TextRange> statement_ranges(std::string_view json) {
  const JsonMembers members = json_members(json, {"Statement"});
  const auto found = members.find("Statement");
  if (found == members.end()) return {};
  const std::string_view statements = found->second;
  const std::size_t offset = static_cast<std::size_t>(statements.data() - json.data());
  if (!statements.starts_with('[')) return {{offset, offset + statements.size()}};
  std::vector<TextRange> out;
  for (std::size_t at = 1; at < statements.size();) {
    const TextRange range = value_at(statements, at);
    if (range.begin >= statements.size() || statements[range.begin] != '{') break;
    out.push_back({offset + range.begin, offset + range.end});
    at = range.end;
  }
  return out;
}

}  // namespace millrace::auth
