// What is checked of how a request is signed: its form, and how long a presigned URL is good for. Signatures
// themselves are not verified yet; a request without one is taken for the default account.
#pragma once

#include "api/s3/head.h"
#include "storage/clock.h"

namespace millrace::s3 {

// Throws AuthorizationHeaderMalformed, AuthorizationQueryParametersError, AccessDenied (expired, or the
// bucket is expected to be another account's), InvalidArgument.
void check_authorization(const Head& head, Time now);

}  // namespace millrace::s3
