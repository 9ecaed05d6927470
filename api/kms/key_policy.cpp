#include "api/kms/key_policy.h"

#include <algorithm>

#include "api/core/arn.h"
#include "api/core/json.h"
#include "api/kms/errors.h"

namespace millrace::kms {

namespace {

using Json = nlohmann::json;

constexpr const char* kNotJson = "Policy contains invalid JSON";
constexpr std::string_view kPutKeyPolicy = "kms:putkeypolicy";

// Of a member that is a text or a list of texts, whether `f` holds for one of them.
template <class F>
bool any_text(const Json& value, F f) {
  if (value.is_string()) return f(value.get_ref<const std::string&>());
  if (!value.is_array()) return false;
  return std::any_of(value.begin(), value.end(),
                     [&](const Json& v) { return v.is_string() && f(v.get_ref<const std::string&>()); });
}

bool is_text_or_texts(const Json& value) {
  if (value.is_string()) return true;
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); });
}

// '*' stands for any run of characters, '?' for one; letters match in either case. Linear in practice: each
// star is tried once more for each character.
bool matches_action(std::string_view pattern, std::string_view action) {
  std::size_t p = 0, a = 0, star = std::string_view::npos, from = 0;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  while (a < action.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == action[a])) {
      ++p, ++a;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = a;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      a = ++from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// The statements of a policy; one need not be in a list.
Json statements_of(const std::string& policy) {
  if (policy.size() > kMaxPolicyBytes)
    throw malformed_policy("The policy is larger than " + std::to_string(kMaxPolicyBytes) + " bytes.");
  const Json document = parse_json(policy);
  if (!document.is_object()) throw malformed_policy(kNotJson);
  const auto found = document.find("Statement");
  if (found == document.end()) throw malformed_policy("Policy document must contain a Statement.");
  return found->is_object() ? Json::array({*found}) : *found;
}

bool has_one_of(const Json& statement, const char* positive, const char* negative) {
  return statement.contains(positive) != statement.contains(negative);
}

void check_statement(const Json& s) {
  if (!s.is_object()) throw malformed_policy("A statement of the policy is not an object.");
  const auto effect = s.find("Effect");
  if (effect == s.end() || (*effect != "Allow" && *effect != "Deny"))
    throw malformed_policy("A statement of the policy has no Effect of Allow or Deny.");
  if (!has_one_of(s, "Principal", "NotPrincipal"))
    throw malformed_policy("A statement of the policy needs one of Principal and NotPrincipal.");
  if (!has_one_of(s, "Action", "NotAction"))
    throw malformed_policy("A statement of the policy needs one of Action and NotAction.");
  if (!has_one_of(s, "Resource", "NotResource"))
    throw malformed_policy("A statement of the policy needs one of Resource and NotResource.");
  for (const char* member : {"Action", "NotAction", "Resource", "NotResource"})
    if (s.contains(member) && !is_text_or_texts(s.at(member)))
      throw malformed_policy(std::string("The member ") + member + " of a statement is not text.");
}

bool names_caller(const Json& principal, const Principal& caller) {
  const std::string root = root_of(caller.account, caller.region).arn;
  const auto is_caller = [&](const std::string& name) {
    return name == "*" || name == caller.account || name == root || name == caller.arn;
  };
  if (principal.is_string()) return principal == "*";
  return principal.is_object() && principal.contains("AWS") && any_text(principal.at("AWS"), is_caller);
}

}  // namespace

std::string default_policy(const std::string& account, const std::string& region) {
  const std::string root = root_of(account, region).arn;
  return R"({"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions",)"
         R"("Effect":"Allow","Principal":{"AWS":")" +
         root + R"("},"Action":"kms:*","Resource":"*"}]})";
}

void check_policy(const std::string& policy) {
  const Json statements = statements_of(policy);
  if (!statements.is_array() || statements.empty())
    throw malformed_policy("Policy document must contain a Statement.");
  for (const Json& statement : statements) check_statement(statement);
}

void check_lockout(const std::string& policy, const Principal& caller) {
  for (const Json& s : statements_of(policy)) {
    if (s.at("Effect") != "Allow" || s.contains("Condition") || !s.contains("Action")) continue;
    if (!s.contains("Principal") || !names_caller(s.at("Principal"), caller)) continue;
    if (any_text(s.at("Action"), [](const std::string& a) { return matches_action(a, kPutKeyPolicy); }))
      return;
  }
  throw policy_lockout();
}

}  // namespace millrace::kms
