// The answer to GET and HEAD of an object.
#pragma once

#include "api/s3/shapes.h"
#include "storage/objects.h"

namespace millrace::s3 {

struct ReadInput : OnObject, WithHeaders {
  Text part_number, cache_control, disposition, encoding, language, type, expires;
};
inline constexpr auto kReadNames =
    joined(kReadConditionNames, kCustomerKeyNames, std::array{"Range", "x-amz-checksum-mode"});
constexpr auto kReadInput =
    shape_of<ReadInput>(kOnObject, field("Headers", &ReadInput::headers, in_header, named(kReadNames)),
                        field("partNumber", &ReadInput::part_number, in_query),
                        field("response-cache-control", &ReadInput::cache_control, in_query),
                        field("response-content-disposition", &ReadInput::disposition, in_query),
                        field("response-content-encoding", &ReadInput::encoding, in_query),
                        field("response-content-language", &ReadInput::language, in_query),
                        field("response-content-type", &ReadInput::type, in_query),
                        field("response-expires", &ReadInput::expires, in_query));

// Its headers are those that are kept with the object, in their order.
struct ReadOutput {
  HttpResponse response;
};
constexpr auto kReadOutput = shape_of<ReadOutput>(streamed("Body"));

struct ByteRange {
  std::uint64_t first = 0, size = 0;
};

// The bytes that a Range header asks for of an object of `size` bytes: nullopt when it is malformed, or asks
// for more than one range, and the whole object is the answer. Throws InvalidRange.
[[nodiscard]] std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size);

enum class ReadMethod { get, head };
// With conditions, range, part and response-* overrides as the input has them. Throws PreconditionFailed,
// InvalidRange, InvalidPartNumber, InvalidArgument.
[[nodiscard]] HttpResponse answer_read(const ReadInput& in, ReadMethod method, storage::OpenObject object,
                                       Time now);

}  // namespace millrace::s3
