// S3's bodies in chunks with trailers.
#include "api/s3/aws_chunked.h"

#include "api/core/error.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  std::string body(fuzz::view(data, size));
  try {
    (void)s3::decode_aws_chunked(body);
  } catch (const ApiError&) {
    return 0;
  }
  fuzz::expect(body.size() < size, "what is around the bytes is gone");
  return 0;
}
