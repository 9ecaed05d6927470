// What S3 checks of how a request is signed: its form, how long a presigned URL is good for, and whose bucket
// the signer expects. Signatures themselves are verified before the service sees the request
// (api/auth/sigv4.h).
#pragma once

#include "api/s3/head.h"
#include "storage/clock.h"

namespace millrace::s3 {

// Throws AuthorizationHeaderMalformed, AuthorizationQueryParametersError, AccessDenied (expired, or the
// bucket is expected to be another account's), InvalidArgument.
void check_authorization(const Head& head, Time now);

}  // namespace millrace::s3
