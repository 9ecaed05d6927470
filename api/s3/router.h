// Finds the operation of a request in S3's table.
#pragma once

#include "api/s3/head.h"
#include "api/s3/operation.h"

namespace millrace::s3 {

// Sets the request's path. Throws NotImplemented, MethodNotAllowed.
[[nodiscard]] const Row& route(const Head& head);

}  // namespace millrace::s3
