// What AWS checks of a policy document before it stores it.
#pragma once

#include <nlohmann/json.hpp>

#include "api/auth/policies/policy.h"

namespace millrace::auth {

// `document` may be discarded: the text is no JSON. What passes has the shape that document.cpp compiles.
// Throws MalformedPolicy with the text of AWS. Identity policies, and the others, have different checks and
// texts. Sources: moto's tests of CreatePolicy, whose texts are AWS's; LocalStack's recording of CreateRole;
// reports of users for the texts of trust policies.
void check_policy(const nlohmann::json& document, PolicyKind kind);

}  // namespace millrace::auth
