// CBOR bodies: the decoder, the checks and the decoders of every operation, and the encoder back.
#include "api/core/json.h"
#include "tests/fuzz/shapes.h"

namespace {

using namespace millrace;

bool has_bytes(const Json& v) {
  if (!v.is_structured()) return v.is_binary();
  return std::any_of(v.begin(), v.end(), [](const Json& e) { return has_bytes(e); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view body = fuzz::view(data, size);
  const Json document = parse_cbor(body);
  if (!document.is_object()) return 0;
  if (!has_bytes(document)) {
    const std::string again = to_cbor(OrderedJson(document), {});
    fuzz::expect(parse_cbor(again) == document, "a document decodes to what it was encoded from");
  }
  for (const Operation* op : kinesis::operations()) {
    const Json object = parse_cbor_object(op->input, body);
    try {
      check_types(op->input, object);
      check_constraints(op->input, object);
    } catch (const ApiError&) {
      continue;
    }
    const OrderedJson input = op->recode_input(object);
    const Json again = parse_cbor_object(op->input, to_cbor(input, op->input));
    fuzz::expect(op->recode_input(again) == input, "an input decodes to what it was encoded from");
  }
  return 0;
}
