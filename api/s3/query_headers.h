// Headers that a presigned URL carries in its query. SDKs hoist what they sign into the URL, so that whoever
// holds it needs to send nothing more; such a parameter counts as the header of its name. Source: S3 API
// reference, "Authenticating requests: using query parameters"; recordings of AWS.
#pragma once

#include "api/s3/operation.h"

namespace millrace::s3 {

// Adds these headers to the call's request. Throws AccessDenied for an x-amz-* header that the URL's
// signature does not cover, InvalidRequest for one whose value differs from the query's.
void hoist_query_headers(Call& call);

}  // namespace millrace::s3
