// ListObjects, the first version: pages by marker, owners always shown.
// Source: S3 API reference, ListObjects.
#include "api/s3/listing.h"

namespace millrace::s3 {

namespace {

struct ListObjectsInput : ListInput {
  Text marker;
};
constexpr auto kInput =
    shape_of<ListObjectsInput>(kKeyListMembers, field("marker", &ListObjectsInput::marker, in_query));

struct ListObjectsOutput : Listed {
  std::string marker;
  Text next_marker;
};
constexpr auto kOutput = shape_of<ListObjectsOutput>(
    kListedRegion, kListedNames, field("Marker", &ListObjectsOutput::marker),
    field("NextMarker", &ListObjectsOutput::next_marker), kListedForm, kListedObjects);

asio::awaitable<ListObjectsOutput> list_objects(S3& s3, Request& request, ListObjectsInput in) {
  const ListParameters parameters = list_parameters(in);
  const std::string marker = in.marker.value_or("");
  ListedPage page = co_await list_page(s3, id_of(request, in), parameters, marker);
  ListObjectsOutput out;
  out.marker = parameters.shown(marker);
  // Without a delimiter the last key is the next marker.
  if (page.listing.truncated && !parameters.delimiter.empty())
    out.next_marker = parameters.shown(last_of(page.listing));
  describe(out, in.bucket, parameters, std::move(page), owner_of(request));
  co_return out;
}

}  // namespace

extern const Row kListObjects = operation("ListObjects", kInput, kOutput, list_objects)
                                    .http("GET", "/{Bucket}", 200, "ListBucketResult")
                                    .reads()
                                    .on(bucket_resource, "s3:ListBucket");

}  // namespace millrace::s3
