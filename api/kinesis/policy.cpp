#include "api/kinesis/policy.h"

#include <functional>

#include "api/auth/policies/policy.h"
#include "api/core/arn.h"
#include "api/core/json.h"
#include "api/core/message.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/model.h"

namespace millrace::kinesis {

namespace {

using Json = nlohmann::json;

// '*' stands for any text, '?' for one character. Actions compare without regard to case.
bool fits(std::string_view pattern, std::string_view text, bool ignoring_case) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, after = 0;
  while (t < text.size()) {
    const bool same =
        p < pattern.size() &&
        (pattern[p] == '?' || (ignoring_case ? equals_ignoring_case(pattern.substr(p, 1), text.substr(t, 1))
                                             : pattern[p] == text[t]));
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after = t;
    } else if (same) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// Of a text or a list of texts, whether one satisfies `f`.
bool any(const Json& one_or_more, const std::function<bool(const std::string&)>& f) {
  if (one_or_more.is_string()) return f(one_or_more.get_ref<const std::string&>());
  for (const Json& e : one_or_more)
    if (f(e.get_ref<const std::string&>())) return true;
  return false;
}

bool is_texts(const Json& v) {
  if (v.is_string()) return true;
  if (!v.is_array() || v.empty()) return false;
  for (const Json& e : v)
    if (!e.is_string()) return false;
  return true;
}

bool names(const Json& principal, std::string_view account, std::string_view region, bool deny) {
  const std::string id(account);
  const std::string of_account = "arn:" + std::string(partition_of(region)) + ":iam::" + id + ":";
  const auto matches = [&](const std::string& p) {
    return p == "*" || p == id || p == of_account + "root" ||
           (deny && p.find("::" + id + ":") != std::string::npos);
  };
  if (principal.is_string()) return principal == "*";
  return principal.contains("AWS") && any(principal["AWS"], matches);
}

// What `judge` does not evaluate, and the server's policies with --auth enforce do. nullptr: nothing.
const char* beyond_judging(const Json& s) {
  for (const char* name : {"NotPrincipal", "NotAction", "NotResource", "Condition"})
    if (s.contains(name)) return name;
  return nullptr;
}

void check_statement(const Json& s) {
  if (!s.is_object()) throw invalid_policy("a statement is not an object");
  if (s.value("Effect", Json()) != "Allow" && s.value("Effect", Json()) != "Deny")
    throw invalid_policy("a statement's Effect is neither Allow nor Deny");
  if (const char* const name = beyond_judging(s))
    throw invalid_policy(std::string(name) + " requires --auth enforce; omit it");
  for (const char* name : {"Action", "Resource"})
    if (!s.contains(name) || !is_texts(s[name]))
      throw invalid_policy(std::string("a statement has no ") + name);
  const Json principal = s.value("Principal", Json());
  if (principal == "*") return;
  if (!principal.is_object() || principal.empty()) throw invalid_policy("a statement has no Principal");
  for (const auto& [kind, who] : principal.items())
    if (!is_texts(who))
      throw invalid_policy("a statement's Principal is neither a string nor a list of strings");
}

Json statements_of(const Json& policy) {
  const Json& s = policy.at("Statement");
  return s.is_array() ? s : Json::array({s});
}

}  // namespace

void check_enforced_policy(const std::string& text) {
  try {
    (void)auth::parse_policy(text, auth::PolicyKind::resource);
  } catch (const auth::MalformedPolicy& e) {
    throw invalid_policy(e.what());
  }
}

void check_policy(const std::string& text) {
  const Json policy = parse_json(text);
  if (!policy.is_object()) throw invalid_policy("it is not a JSON object");
  if (!policy.contains("Statement") || policy["Statement"].empty())
    throw invalid_policy("it has no Statement");
  for (const Json& statement : statements_of(policy)) check_statement(statement);
}

Verdict judge(const std::string& policy, std::string_view account, std::string_view action,
              std::string_view resource_arn) {
  Verdict verdict = Verdict::silent;
  const auto resource = parse_stream_arn(resource_arn);
  const std::string region = resource ? resource->region : "";
  for (const Json& s : statements_of(parse_json(policy))) {
    const bool deny = s.at("Effect") == "Deny";
    if (beyond_judging(s)) {
      if (deny) return Verdict::denied;
      continue;
    }
    if (!names(s.at("Principal"), account, region, deny) ||
        !any(s.at("Action"), [&](const std::string& p) { return fits(p, action, true); }) ||
        !any(s.at("Resource"), [&](const std::string& p) { return fits(p, resource_arn, false); }))
      continue;
    if (deny) return Verdict::denied;
    verdict = Verdict::allowed;
  }
  return verdict;
}

}  // namespace millrace::kinesis
