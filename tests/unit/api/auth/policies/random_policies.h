// Random questions about policies, for the comparison of the evaluator with the reference.
#pragma once

#include <random>

#include "tests/unit/api/auth/policies/reference.h"

namespace millrace::auth::reference {

// A question whose parts are drawn from small sets, so that policies often apply.
Question random_question(std::mt19937_64& random);

}  // namespace millrace::auth::reference
