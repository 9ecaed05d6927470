// A document through every shape of every service, as a request's body would go.
#pragma once

#include "api/core/cbor.h"
#include "api/core/operation.h"
#include "api/core/validate.h"
#include "api/kinesis/service.h"
#include "tests/fuzz/expect.h"

namespace millrace::fuzz {

// Calls `use(operation, the input in JSON)` for each operation whose checks the object passes.
template <class Use>
void through_every_input(const Json& object, Use use) {
  for (const Operation* op : kinesis::operations()) {
    try {
      check_types(op->input, object);
      check_constraints(op->input, object);
    } catch (const ApiError& e) {
      expect(e.code() == "SerializationException" || e.code() == "ValidationException",
             "only these are told");
      continue;
    }
    use(*op, op->recode_input(object));
  }
}

}  // namespace millrace::fuzz
