#include "api/auth/policies/checks.h"

#include <algorithm>
#include <set>

#include "api/auth/policies/checks_of_resources.h"
#include "api/auth/policies/condition.h"
#include "api/core/ascii.h"

namespace millrace::auth {

namespace {

using Json = nlohmann::json;

constexpr const char* kSyntax = "Syntax errors in policy.";
constexpr const char* kLegacy = "The policy failed legacy parsing";
constexpr std::string_view kMembers[] = {"Version", "Id", "Statement"};
constexpr std::string_view kStatementMembers[] = {"Sid",       "Effect",       "Action",
                                                  "NotAction", "Resource",     "NotResource",
                                                  "Principal", "NotPrincipal", "Condition"};

void require(bool holds, const std::string& text) {
  if (!holds) throw MalformedPolicy(text);
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Calls f(statement) for each.
template <class F>
void each_statement(const Json& document, const F& f) {
  const Json& statements = document.at("Statement");
  if (!statements.is_array()) return f(statements);
  for (const Json& statement : statements) f(statement);
}

// Calls f(text) for each text of a member that the statement may have.
template <class F>
void each_text(const Json& statement, const std::string& name, const F& f) {
  const auto found = statement.find(name);
  if (found == statement.end()) return;
  if (found->is_string()) return f(found->get_ref<const std::string&>());
  for (const Json& element : *found)
    if (element.is_string()) f(element.get_ref<const std::string&>());
}

bool is_text_or_texts(const Json& value) {
  if (value.is_string()) return true;
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& element) {
           return element.is_string() || element.is_null();
         });
}

bool is_scalar(const Json& value) { return value.is_string() || value.is_boolean() || value.is_number(); }

void check_condition(const Json& block) {
  require(block.is_object(), kSyntax);
  for (const auto& [name, keys] : block.items()) {
    require(keys.is_object() && (keys.empty() || parse_operator(name)), kSyntax);
    for (const Json& values : keys)
      require(
          is_scalar(values) || (values.is_array() && std::all_of(values.begin(), values.end(), is_scalar)),
          kSyntax);
  }
}

void check_types(const Json& statement) {
  require(statement.at("Effect").is_string(), kSyntax);
  require(!statement.contains("Sid") || statement["Sid"].is_string(), kSyntax);
  for (const char* name : {"Action", "NotAction", "Resource", "NotResource"})
    require(!statement.contains(name) || is_text_or_texts(statement[name]), kSyntax);
  for (const auto& [one, other] : {std::pair("Action", "NotAction"), std::pair("Resource", "NotResource"),
                                   std::pair("Principal", "NotPrincipal")})
    require(!statement.contains(one) || !statement.contains(other), kSyntax);
  if (statement.contains("Condition")) check_condition(statement["Condition"]);
}

// At least one text in `name` or in its opposite.
bool names_something(const Json& statement, const char* name, const char* opposite) {
  bool found = false;
  for (const char* member : {name, opposite})
    each_text(statement, member, [&](const std::string&) { found = true; });
  return found;
}

// Policies of identities.

void check_identity_syntax(const Json& document) {
  require(document.is_object(), kSyntax);
  for (const auto& [name, value] : document.items()) require(is_one_of(name, kMembers), kSyntax);
  const Json version = document.value("Version", Json("2008-10-17"));
  require(version == "2008-10-17" || version == "2012-10-17", kSyntax);
  require(document.value("Id", Json("")).is_string(), kSyntax);
  require(document.contains("Statement"), kSyntax);
  const Json& statements = document["Statement"];
  require(statements.is_object() || (statements.is_array() && !statements.empty()), kSyntax);
  each_statement(document, [](const Json& statement) {
    require(statement.is_object() && statement.contains("Effect"), kSyntax);
    for (const auto& [name, value] : statement.items()) require(is_one_of(name, kStatementMembers), kSyntax);
    check_types(statement);
    const std::string effect = lowered(statement["Effect"]);
    require(effect == "allow" || effect == "deny", kSyntax);
  });
}

void check_dates(const Json& statement) {
  const auto block = statement.find("Condition");
  if (block == statement.end()) return;
  for (const auto& [name, keys] : block->items()) {
    const auto op = parse_operator(name);
    if (!op || op->comparison < Comparison::date_equals || op->comparison > Comparison::date_greater_or_equal)
      continue;
    for (const auto& [key, values] : keys.items())
      each_text(keys, key, [](const std::string& text) {
        require(text.find("${") != std::string::npos || parse_policy_date(text), kLegacy);
      });
  }
}

void check_sids(const Json& document) {
  std::set<std::string> seen;
  each_statement(document, [&](const Json& statement) {
    const std::string sid = statement.value("Sid", "");
    require(sid.empty() || seen.insert(sid).second, "Statement IDs (SID) in a single policy must be unique.");
    require(std::all_of(sid.begin(), sid.end(),
                        [](char c) {
                          return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
                        }),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
            "expression [0-9A-Za-z]*");
  });
}

void check_action(const std::string& action) {
  if (action == "*") return;
  const std::size_t colon = action.find(':');
  require(colon != std::string::npos,
          "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  require(action.find(':', colon + 1) == std::string::npos, "Actions/Condition can contain only one colon.");
  const std::string vendor = action.substr(0, colon);
  if (action == "*:*") return;
  require(vendor.find_first_of("*?") == std::string::npos,
          "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.");
  const bool valid = std::all_of(vendor.begin(), vendor.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
  });
  require(valid, "Vendor " + vendor + " is not valid");
}

// Throws for what AWS calls legacy parsing; returns the first error of another kind that a resource has,
// which AWS reports later.
std::string check_resources(const Json& document) {
  std::string error;
  each_statement(document, [&](const Json& statement) {
    for (const char* name : {"Resource", "NotResource"}) {
      each_text(statement, name, [&](const std::string& resource) {
        if (error.empty()) error = resource_error(resource);
      });
      if (!error.empty()) continue;
      each_text(statement, name,
                [](const std::string& resource) { require(is_legacy_arn(resource), kLegacy); });
    }
  });
  return error;
}

void check_identity_policy(const Json& document) {
  check_identity_syntax(document);
  each_statement(document, [](const Json& statement) {
    const std::string& effect = statement["Effect"].get_ref<const std::string&>();
    require(effect == "Allow" || effect == "Deny", kLegacy);
    check_dates(statement);
  });
  const std::string error = check_resources(document);
  check_sids(document);
  each_statement(document, [](const Json& statement) {
    require(!statement.contains("Principal") && !statement.contains("NotPrincipal"),
            "Policy document should not specify a principal.");
  });
  each_statement(document, [](const Json& statement) {
    require(names_something(statement, "Action", "NotAction"), "Policy statement must contain actions.");
  });
  require(error.empty(), error);
  each_statement(document, [](const Json& statement) {
    for (const char* name : {"Action", "NotAction"}) each_text(statement, name, check_action);
  });
  each_statement(document, [](const Json& statement) {
    require(names_something(statement, "Resource", "NotResource"),
            "Policy statement must contain resources.");
  });
}

// Policies of resources and roles, which name principals.

void check_principal_name(const std::string& type, const std::string& name) {
  std::string kind = type;
  for (char& c : kind)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const std::string text = "Invalid principal in policy: \"" + kind + "\":\"" + name + "\"";
  if (type != "AWS") return require(!name.empty(), text);
  if (name == "*" || (name.size() == 12 && is_digits(name))) return;
  const bool wild = name.find_first_of("*?") != std::string::npos;
  const bool arn = name.starts_with("arn:") &&
                   (name.find(":iam::") != std::string::npos || name.find(":sts::") != std::string::npos);
  const bool id = name.size() >= 16 && name.starts_with('A') &&
                  std::all_of(name.begin(), name.end(),
                              [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  require(!wild && (arn || id), text);
}

void check_principal(const Json& principal) {
  static constexpr std::string_view kTypes[] = {"AWS", "Service", "Federated", "CanonicalUser"};
  if (principal.is_string())
    return require(principal == "*", "Invalid principal in policy: " + principal.dump());
  require(principal.is_object(), kSyntax);
  bool empty = true;
  for (const auto& [type, names] : principal.items()) {
    require(is_one_of(type, kTypes), "Invalid principal in policy: \"" + type + "\"");
    require(is_text_or_texts(names), kSyntax);
    each_text(principal, type, [&](const std::string& name) {
      check_principal_name(type, name);
      empty = false;
    });
  }
  require(!empty,
          "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy "
          "has a statement with no principals!");
}

void check_trust_action(const std::string& action) {
  require(lowered(action).starts_with("sts:"),
          "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and "
          "sts:AssumeRoleWithWebIdentity");
}

void check_statement_with_principal(const Json& statement, PolicyKind kind) {
  require(statement.is_object(), kSyntax);
  for (const auto& [name, value] : statement.items())
    require(is_one_of(name, kStatementMembers), "Unknown field " + name);
  require(statement.contains("Effect"), "Missing required field Effect");
  check_types(statement);
  const Json& effect = statement["Effect"];
  require(effect == "Allow" || effect == "Deny", "Invalid effect: " + effect.get<std::string>());
  const bool negated = statement.contains("NotPrincipal");
  require(negated || statement.contains("Principal"), "Missing required field Principal");
  check_principal(statement.at(negated ? "NotPrincipal" : "Principal"));
  require(names_something(statement, "Action", "NotAction"), "Missing required field Action");
  if (kind == PolicyKind::trust) {
    require(!statement.contains("Resource") && !statement.contains("NotResource"),
            "Has prohibited field Resource");
    for (const char* name : {"Action", "NotAction"}) each_text(statement, name, check_trust_action);
  } else {
    require(names_something(statement, "Resource", "NotResource"), "Missing required field Resource");
  }
}

void check_policy_with_principals(const Json& document, PolicyKind kind) {
  require(document.is_object(), "This policy contains invalid Json");
  for (const auto& [name, value] : document.items())
    require(is_one_of(name, kMembers), "Unknown field " + name);
  const Json version = document.value("Version", Json("2008-10-17"));
  require(version == "2008-10-17" || version == "2012-10-17",
          "The policy must contain a valid version string");
  require(document.value("Id", Json("")).is_string(), kSyntax);
  require(document.contains("Statement"), "Missing required field Statement");
  const Json& statements = document["Statement"];
  require(statements.is_object() || (statements.is_array() && !statements.empty()),
          "Missing required field Statement");
  each_statement(document,
                 [kind](const Json& statement) { check_statement_with_principal(statement, kind); });
}

}  // namespace

void check_policy(const Json& document, PolicyKind kind) {
  if (kind == PolicyKind::identity) {
    check_identity_policy(document);
  } else {
    check_policy_with_principals(document, kind);
  }
}

}  // namespace millrace::auth
