// GetBucketLocation: the bucket's region; nothing for us-east-1, as it always was.
// Source: S3 API reference, GetBucketLocation.
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> get_bucket_location(S3& s3, Call& call) {
  const storage::Bucket bucket = co_await existing_bucket(s3, call.bucket_id());
  XmlWriter xml;
  if (bucket.location == "us-east-1") {
    xml.raw("<LocationConstraint " + std::string(kNamespace) + "/>");
  } else {
    xml.open("LocationConstraint", kNamespace);
    xml.text(bucket.location);
    xml.close("LocationConstraint");
  }
  co_return xml_response(xml);
}

}  // namespace

extern const Operation kGetBucketLocation{
    "GetBucketLocation", "GET", Level::bucket, {"location"}, get_bucket_location};

}  // namespace millrace::s3
