// The answer to GET and HEAD of an object.
#pragma once

#include "api/s3/operation.h"

namespace millrace::s3 {

struct ByteRange {
  std::uint64_t first = 0, size = 0;
};

// The bytes that a Range header asks for of an object of `size` bytes: nullopt when it is malformed, or asks
// for more than one range, and the whole object is the answer. Throws InvalidRange.
[[nodiscard]] std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size);

// With conditions, range, part and response-* overrides as the call has them. Throws PreconditionFailed,
// InvalidRange, InvalidPartNumber, InvalidArgument.
[[nodiscard]] HttpResponse answer_read(const Call& call, storage::OpenObject object, Time now);

}  // namespace millrace::s3
