#include "api/auth/policies/context.h"

#include "api/core/ascii.h"
#include "api/core/dates.h"
#include "api/core/message.h"

namespace millrace::auth {

namespace {

using Value = std::optional<std::string>;

Value unless_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

Value arn_of_principal(const Identity& caller) {
  return unless_empty(caller.kind == IdentityKind::assumed_role ? caller.role_arn : caller.arn);
}

Value account_of(const Identity& caller) {
  if (caller.kind == IdentityKind::anonymous) return "anonymous";
  return unless_empty(caller.account);
}

Value type_of(const Identity& caller) {
  switch (caller.kind) {
    case IdentityKind::root:
      return "Account";
    case IdentityKind::user:
      return "User";
    case IdentityKind::assumed_role:
      return "AssumedRole";
    case IdentityKind::anonymous:
      return "Anonymous";
    case IdentityKind::service:
      return std::nullopt;
  }
  return std::nullopt;
}

Value id_of(const Identity& caller) {
  if (caller.kind == IdentityKind::anonymous) return "anonymous";
  return unless_empty(caller.id);
}

Value user_name(const Identity& caller) {
  if (caller.kind != IdentityKind::user) return std::nullopt;
  return unless_empty(caller.name);
}

Value service_name(const Identity& caller) {
  if (caller.kind != IdentityKind::service) return std::nullopt;
  return unless_empty(caller.name);
}

Value is_service(const Identity& caller) { return caller.kind == IdentityKind::service ? "true" : "false"; }

Value issue_time(const Identity& caller) {
  if (!caller.issued) return std::nullopt;
  return iso8601_seconds(*caller.issued);
}

// Only requests with temporary credentials have the key.
Value multi_factor(const Identity& caller) {
  if (caller.kind != IdentityKind::assumed_role) return std::nullopt;
  return "false";
}

Value via_service(const Identity&) { return "false"; }

struct KeyOfCaller {
  std::string_view key;
  Value (*value)(const Identity& caller);
};

constexpr KeyOfCaller kKeysOfCaller[] = {
    {"aws:principalarn", arn_of_principal},
    {"aws:principalaccount", account_of},
    {"aws:principaltype", type_of},
    {"aws:userid", id_of},
    {"aws:username", user_name},
    {"aws:principalservicename", service_name},
    {"aws:principalisawsservice", is_service},
    {"aws:tokenissuetime", issue_time},
    {"aws:multifactorauthpresent", multi_factor},
    {"aws:viaawsservice", via_service},
};

constexpr std::string_view kTagPrefix = "aws:principaltag/";

Value value_of_caller(const Identity& caller, std::string_view key) {
  if (key.starts_with(kTagPrefix)) {
    for (const auto& [name, value] : caller.tags)
      if (equals_ignoring_case(name, key.substr(kTagPrefix.size()))) return value;
    return std::nullopt;
  }
  for (const KeyOfCaller& known : kKeysOfCaller)
    if (known.key == key) return known.value(caller);
  return std::nullopt;
}

}  // namespace

void Context::add(std::string_view key, std::string value) {
  values_[lowered(std::string(key))].push_back(std::move(value));
}

void Context::set_lookup(Lookup lookup) { lookup_ = std::move(lookup); }

const KeyValues* Context::find(std::string_view key) const {
  auto found = values_.find(key);
  if (found == values_.end()) {
    if (!lookup_) return nullptr;
    found = values_.emplace(std::string(key), lookup_(key).value_or(KeyValues())).first;
  }
  return found->second.empty() ? nullptr : &found->second;
}

const KeyValues* RequestKeys::find(std::string_view key) const {
  if (const KeyValues* values = context_.find(key)) return values;
  if (!key.starts_with("aws:")) return nullptr;
  for (const auto& [name, values] : known_)
    if (name == key) return &values;
  Value value;
  if (key == "aws:resourceaccount") {
    value = unless_empty(resource_account_.empty() ? caller_.account : std::string(resource_account_));
  } else {
    value = value_of_caller(caller_, key);
  }
  if (!value) return nullptr;
  return &known_.emplace_back(std::string(key), KeyValues{std::move(*value)}).second;
}

}  // namespace millrace::auth
