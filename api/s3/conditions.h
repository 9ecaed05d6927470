// Conditional requests: what may be asked of the present object before it is read, copied or replaced.
#pragma once

#include "api/core/message.h"
#include "storage/objects.h"

namespace millrace::s3 {

// Of a write: If-None-Match: * or If-Match: "tag". Throws NotImplemented for all else.
[[nodiscard]] storage::Condition write_condition(const Headers& headers);

// Of a deletion, in a bucket without object lock. Throws InvalidArgument.
void refuse_bypass(const Headers& headers);
// Of a DeleteObject: If-Match: "tag" or *. Throws NotImplemented for the conditions of directory buckets.
[[nodiscard]] storage::Condition delete_condition(const Headers& headers);

// The error for a write that storage refused, in S3's words. `id`'s bucket was there before.
[[noreturn]] void throw_write_error(const storage::Error& e, const storage::ObjectId& id,
                                    const storage::Condition& condition);

enum class ReadVerdict { go_on, not_modified };
// Of a GET or HEAD. A date later than `now` is no condition. Throws PreconditionFailed.
[[nodiscard]] ReadVerdict check_read(const Headers& headers, const storage::Object& object, Time now);
// The same of a copy's source, where nothing is "not modified": x-amz-copy-source-if-*.
void check_copy_source(const Headers& headers, const storage::Object& object, Time now);

}  // namespace millrace::s3
