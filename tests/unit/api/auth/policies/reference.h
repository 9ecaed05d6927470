// A second evaluator of policies, for comparison: slow, simple, and without code of api/auth/policies. It
// reads the documents as JSON for every request.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/auth/identity.h"

namespace millrace::auth::reference {

using Json = nlohmann::json;

struct Question {
  std::string action, resource, resource_account;
  Identity caller;
  std::map<std::string, std::vector<std::string>> context;
  std::vector<Json> identity, session, resource_policies;
  Json boundary;  // null: none
  bool has_session = false;
  std::string rule;  // "either", "resource_must" or "trust"
};

// "allowed", or the outcome and the kind of the policies: "explicit_deny identity", "implicit_deny boundary".
std::string answer(const Question& question);

}  // namespace millrace::auth::reference
