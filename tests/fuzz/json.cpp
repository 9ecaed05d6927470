// JSON bodies: the parser, the checks and the decoders of every operation.
#include "api/core/json.h"

#include "tests/fuzz/shapes.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  const Json object = parse_json(fuzz::view(data, size));
  if (!object.is_object()) return 0;
  fuzz::through_every_input(object, [](const Operation& op, const OrderedJson& input) {
    fuzz::expect(op.recode_input(Json(input)) == input, "an input decodes to what it was encoded from");
  });
  return 0;
}
