// Forms of texts and bytes: base64, gzip, JSON's escapes, dates.
#include <simdjson.h>

#include "api/core/base64.h"
#include "api/core/dates.h"
#include "api/core/gzip.h"
#include "api/core/json.h"
#include "api/core/json_text.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  const std::string_view text = fuzz::view(data, size);

  fuzz::expect(base64_decode(base64_encode(text)) == text, "base64 decodes to what was encoded");
  if (const auto bytes = base64_decode(text))
    fuzz::expect(base64_encode(*bytes) == text, "base64 has one spelling");
  std::string plain;
  static constexpr std::size_t kMaxPlain = 100'000;
  if (gunzip(text, kMaxPlain, plain) == Gunzip::done)
    fuzz::expect(plain.size() <= kMaxPlain, "the limit is kept");
  std::string json = "\"";
  append_json_escaped(json, text);
  fuzz::expect(json.size() == 1 + json_escaped_size(text), "the size is the one foretold");
  if (simdjson::validate_utf8(text))
    fuzz::expect(parse_json(json + '"') == std::string(text), "what is escaped is read as it was");
  if (const auto time = parse_http_date(text))
    fuzz::expect(parse_http_date(http_date(*time)) == time, "a date is read as it is written");
  (void)parse_basic_iso8601(text);
  return 0;
}
