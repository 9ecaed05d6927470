// Conditional requests: what may be asked of the present object before it is read, copied or replaced.
#pragma once

#include "api/s3/operation.h"

namespace millrace::s3 {

// Of a write: If-None-Match: * or If-Match: "tag". Throws NotImplemented for all else.
[[nodiscard]] storage::Condition write_condition(const Headers& headers);

// The error for a write that storage refused, in S3's words. `id`'s bucket was there before.
[[noreturn]] void throw_write_error(const storage::Error& e, const storage::ObjectId& id,
                                    const storage::Condition& condition);

enum class ReadVerdict { go_on, not_modified };
// Of a GET or HEAD. Throws PreconditionFailed.
[[nodiscard]] ReadVerdict check_read(const Headers& headers, const storage::Object& object);
// The same of a copy's source, where nothing is "not modified": x-amz-copy-source-if-*.
void check_copy_source(const Headers& headers, const storage::Object& object);

}  // namespace millrace::s3
