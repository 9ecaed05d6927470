// S3's bodies in chunks with trailers.
#include "api/s3/aws_chunked.h"

#include "api/core/error.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  std::string body(fuzz::view(data, size));
  // In pieces, whose size follows from that of the whole, it is what it is at once.
  s3::AwsChunkedDecoder decoder;
  std::string in_pieces;
  bool fine = true;
  try {
    for (std::size_t at = 0, step = size % 7 + 1; at < size; at += step) {
      std::string piece = body.substr(at, step);
      decoder.decode(piece);
      in_pieces += piece;
    }
    (void)decoder.finish();
  } catch (const ApiError&) {
    fine = false;
  }
  try {
    (void)s3::decode_aws_chunked(body);
  } catch (const ApiError&) {
    fuzz::expect(!fine, "pieces are refused as the whole is");
    return 0;
  }
  fuzz::expect(fine && body == in_pieces, "pieces make the same bytes");
  fuzz::expect(body.size() < size, "what is around the bytes is gone");
  return 0;
}
