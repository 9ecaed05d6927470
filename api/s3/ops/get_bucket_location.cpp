// GetBucketLocation: the bucket's region; nothing for us-east-1, as it always was.
// Source: S3 API reference, GetBucketLocation.
#include "api/s3/lookup.h"
#include "api/s3/request_xml.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

struct LocationInput : OnBucket {};
constexpr auto kInput = shape_of<LocationInput>(kOnBucket);
// The element has a text and no members.
constexpr auto kOutput = shape_of<Document>(kDocument);

asio::awaitable<Document> get_bucket_location(S3& s3, Request& request, LocationInput in) {
  const storage::Bucket bucket = co_await existing_bucket(s3, id_of(request, in));
  XmlWriter xml;
  if (bucket.location == "us-east-1") {
    xml.raw("<LocationConstraint " + std::string(kNamespace) + "/>");
  } else {
    xml.open("LocationConstraint", kNamespace);
    xml.text(bucket.location);
    xml.close("LocationConstraint");
  }
  Document out;
  out.body.bytes = xml.take();
  co_return out;
}

}  // namespace

extern const Row kGetBucketLocation = operation("GetBucketLocation", kInput, kOutput, get_bucket_location)
                                          .http("GET", "/{Bucket}?location")
                                          .reads()
                                          .on(bucket_resource);

}  // namespace millrace::s3
