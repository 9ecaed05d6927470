#include "api/s3/bucket_policy.h"

#include <algorithm>
#include <functional>
#include <set>

#include "api/core/access.h"
#include "api/core/ascii.h"
#include "api/core/json.h"
#include "api/core/message.h"
#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostCached = 1000;  // of kMaxBucketPolicyBytes at most

const std::set<std::string_view> kOperators = {
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
};

// One or more texts; `good` of each.
bool are_texts(const Json& value, const std::function<bool(const std::string&)>& good) {
  if (value.is_string()) return good(value.get_ref<const std::string&>());
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), [&](const Json& e) {
           return e.is_string() && good(e.get_ref<const std::string&>());
         });
}

// The member of the two that the statement has.
const Json& either(const Json& statement, const char* name, const char* negation) {
  const bool plain = statement.contains(name), negated = statement.contains(negation);
  if (!plain && !negated) throw malformed_policy(std::string("Missing required field ") + name);
  if (plain && negated) throw malformed_policy("Invalid policy syntax.");
  return statement[plain ? name : negation];
}

void check_names(const Json& object, const std::set<std::string_view>& known) {
  for (const auto& [name, value] : object.items())
    if (!known.contains(name)) throw malformed_policy("Unknown field " + name);
}

bool is_account(std::string_view text) { return text.size() == 12 && is_digits(text); }

bool is_aws_principal(const std::string& text) {
  if (text == "*" || is_account(text)) return true;
  const auto arn = resource_of_arn(text);
  return arn && text.starts_with("arn:aws") && (arn->service == "iam" || arn->service == "sts") &&
         text.find('*') == std::string::npos;
}

void check_principal(const Json& principal) {
  static const std::set<std::string> kKinds{"AWS", "CanonicalUser", "Federated", "Service"};
  if (principal == "*") return;
  bool good = principal.is_object() && !principal.empty();
  if (good)
    for (const auto& [kind, who] : principal.items())
      good = good && kKinds.contains(kind) && are_texts(who, [&kind = kind](const std::string& text) {
               return kind == "AWS" ? is_aws_principal(text) : !text.empty();
             });
  if (!good) throw malformed_policy("Invalid principal in policy");
}

bool is_action(const std::string& text) {
  return text == "*" || (text.size() > 3 && equals_ignoring_case(text.substr(0, 3), "s3:"));
}

// Of the bucket itself, or of objects in it.
bool is_resource_of(std::string_view bucket, const std::string& text) {
  const auto arn = resource_of_arn(text);
  if (!arn || !text.starts_with("arn:aws") || arn->service != "s3" || !arn->region.empty() ||
      !arn->account.empty() || !arn->name.starts_with(bucket))
    return false;
  const std::string_view behind = std::string_view(arn->name).substr(bucket.size());
  return behind.empty() || behind.front() == '/' || behind.front() == '*';
}

// The operator without what stands before and behind it.
std::string_view plain_operator(std::string_view name) {
  for (const std::string_view set : {"ForAllValues:", "ForAnyValue:"})
    if (name.starts_with(set)) name.remove_prefix(set.size());
  constexpr std::string_view kIfExists = "IfExists";
  if (name.ends_with(kIfExists)) name.remove_suffix(kIfExists.size());
  return name;
}

bool is_condition_value(const Json& value) {
  return value.is_string() || value.is_number() || value.is_boolean();
}

void check_condition(const Json& condition) {
  if (!condition.is_object()) throw malformed_policy("Invalid policy syntax.");
  for (const auto& [name, keys] : condition.items()) {
    if (name != "Null" && !kOperators.contains(plain_operator(name)))
      throw malformed_policy("Invalid Condition type : " + name);
    if (!keys.is_object() || keys.empty()) throw malformed_policy("Invalid policy syntax.");
    for (const Json& values : keys)
      if (!is_condition_value(values) &&
          !(values.is_array() && std::all_of(values.begin(), values.end(), is_condition_value)))
        throw malformed_policy("Invalid policy syntax.");
  }
}

void check_statement(const Json& s, std::string_view bucket) {
  if (!s.is_object()) throw malformed_policy("Invalid policy syntax.");
  check_names(s, {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
                  "NotResource", "Condition"});
  if (s.contains("Sid") && !s["Sid"].is_string()) throw malformed_policy("Invalid policy syntax.");
  if (!s.contains("Effect")) throw malformed_policy("Missing required field Effect");
  if (s["Effect"] != "Allow" && s["Effect"] != "Deny")
    throw malformed_policy("Invalid effect: " +
                           (s["Effect"].is_string() ? s["Effect"].get<std::string>() : s["Effect"].dump()));
  check_principal(either(s, "Principal", "NotPrincipal"));
  if (!are_texts(either(s, "Action", "NotAction"), is_action))
    throw malformed_policy("Policy has invalid action");
  if (!are_texts(either(s, "Resource", "NotResource"),
                 [&](const std::string& text) { return is_resource_of(bucket, text); }))
    throw malformed_policy("Policy has invalid resource");
  if (s.contains("Condition")) check_condition(s["Condition"]);
}

// ---- What is public ----

bool has_everyone(const Json& statement) {
  if (!statement.contains("Principal")) return true;  // NotPrincipal
  const Json& principal = statement["Principal"];
  if (principal == "*") return true;
  if (!principal.contains("AWS")) return false;
  const Json& who = principal["AWS"];
  return who == "*" || (who.is_array() && std::find(who.begin(), who.end(), "*") != who.end());
}

// Conditions on these limit whom a statement is for. In lower case.
const std::set<std::string> kLimitingKeys = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
};
const std::set<std::string> kLimitingOperators = {"ArnEquals",    "ArnLike",    "IpAddress",
                                                  "StringEquals", "StringLike", "StringEqualsIgnoreCase"};

// Not wider than /8, or /32 for version 6. No private network of RFC 1918 is wider.
bool is_narrow_network(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return !text.empty();
  const std::string bits = text.substr(slash + 1);
  if (!is_digits(bits) || bits.size() > 3) return false;
  return std::stoul(bits) >= (text.find(':') == std::string::npos ? 8u : 32u);
}

bool is_fixed(const std::string& text) { return text.find_first_of("*?$") == std::string::npos; }

bool limits_principals(const Json& condition) {
  for (const auto& [name, keys] : condition.items()) {
    if (!kLimitingOperators.contains(name)) continue;
    for (const auto& [key, values] : keys.items())
      if (kLimitingKeys.contains(lowered(key)) &&
          are_texts(values, name == "IpAddress" ? is_narrow_network : is_fixed))
        return true;
  }
  return false;
}

}  // namespace

std::string checked_bucket_policy(std::string_view text, std::string_view bucket) {
  constexpr const char* kNoJson = "Policies must be valid JSON and the first byte must be '{'";
  if (!text.starts_with('{') || !is_json(text)) throw malformed_policy(kNoJson);
  std::string kept = compact_json(text);
  if (kept.size() > kMaxBucketPolicyBytes) throw policy_too_large();
  const Json policy = parse_json(kept);
  if (!policy.is_object()) throw malformed_policy(kNoJson);
  check_names(policy, {"Version", "Id", "Statement"});
  if (!policy.contains("Statement")) throw malformed_policy("Missing required field Statement");
  if (policy.contains("Version") && policy["Version"] != "2012-10-17" && policy["Version"] != "2008-10-17")
    throw malformed_policy("The policy must contain a valid version string");
  if (policy.contains("Id") && !policy["Id"].is_string()) throw malformed_policy("Invalid policy syntax.");
  const Json& statements = policy["Statement"];
  if (statements.empty()) throw malformed_policy("Could not parse the policy: Statement is empty!");
  if (!statements.is_array()) {
    check_statement(statements, bucket);
  } else {
    for (const Json& statement : statements) check_statement(statement, bucket);
  }
  return kept;
}

bool is_public_policy(std::string_view text) {
  const Json policy = parse_json(text);
  const Json& statements = policy.at("Statement");
  const auto is_public = [](const Json& s) {
    return s.at("Effect") == "Allow" && has_everyone(s) &&
           !(s.contains("Condition") && limits_principals(s["Condition"]));
  };
  return statements.is_array() ? std::any_of(statements.begin(), statements.end(), is_public)
                               : is_public(statements);
}

BucketPolicies::BucketPolicies(storage::ObjectStore& objects)
    : SettingCache(objects, std::string(kPolicySetting), kMostCached,
                   [](std::string kept) { return std::make_shared<const std::string>(std::move(kept)); }) {}

}  // namespace millrace::s3
