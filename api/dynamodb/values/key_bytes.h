// The parts of row keys that are made of the values of key attributes, so that rows sort as DynamoDB sorts
// items.
//   bucket = 3 bytes, of AWS's hash of the partition key: items are spread, and a segment of a parallel scan
//   is a
//            range of them
//   part   = sortable bytes, with 00 written as 00 FF, and 00 00 at the end
#pragma once

#include <string>
#include <string_view>

#include "api/dynamodb/values/value.h"

namespace millrace::dynamodb {

inline constexpr std::size_t kBucketBytes = 3;
inline constexpr std::uint64_t kBuckets = 1u << (8 * kBucketBytes);

// Of a value of type S, N or B; `sort`: of a key with a sort key, which AWS hashes so where it orders the
// entries of a global secondary index whose keys are equal.
[[nodiscard]] std::string bucket_of(const Value& value, const Value* sort = nullptr);
[[nodiscard]] std::string bucket_bytes(std::uint64_t bucket);
[[nodiscard]] std::string part_of(const Value& value);
// The part without its end, which all parts share whose values (S, B) begin with this one.
[[nodiscard]] std::string open_part_of(const Value& value);
// Bytes in front of the part, and behind all that begin with it; no key is between them and those.
[[nodiscard]] std::string before_part(std::string part);
[[nodiscard]] std::string behind_part(std::string part);

}  // namespace millrace::dynamodb
