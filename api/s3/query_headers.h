// Headers that a presigned URL carries in its query. SDKs hoist what they sign into the URL, so that whoever
// holds it needs to send nothing more; such a parameter counts as the header of its name. Source: S3 API
// reference, "Authenticating requests: using query parameters"; recordings of AWS.
#pragma once

#include "api/s3/head.h"

namespace millrace::s3 {

// Adds these headers to the head's request. Throws AccessDenied for an x-amz-* header that the URL's
// signature does not cover, InvalidRequest for one whose value differs from the query's.
void hoist_query_headers(Head& head);

}  // namespace millrace::s3
