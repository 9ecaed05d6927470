// CreateBucket: a bucket of the caller's account; its location is what the body says, else the caller's
// region. Source: S3 API reference, CreateBucket. Any location is taken.
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr std::size_t kMaxLocationBytes = 64;

void refuse_unsupported(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    const bool wanted = equals_ignoring_case(name, "x-amz-bucket-object-lock-enabled")
                            ? equals_ignoring_case(value, "true")
                        : equals_ignoring_case(name, "x-amz-acl") ? value != "private"
                        : equals_ignoring_case(name, "x-amz-object-ownership")
                            ? value != "BucketOwnerEnforced"
                            : equals_ignoring_case(name.substr(0, 12), "x-amz-grant-");
    if (wanted) throw not_implemented(name);
  }
}

std::string location_of(const Call& call) {
  std::string location;
  if (!call.request.http.body.empty()) {
    pugi::xml_document document;
    const pugi::xml_node root = parse_xml(document, call.request.http.body, "CreateBucketConfiguration");
    location = child_text(root, "LocationConstraint");
    if (child(root, "Tags") || child(root, "Bucket"))
      throw operation_not_implemented("Tags and Bucket in CreateBucketConfiguration");
  }
  if (location.empty()) location = call.request.caller.region;
  if (location == "EU") location = "eu-west-1";
  if (location.size() > kMaxLocationBytes ||
      location.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    throw invalid_location(location);
  return location;
}

asio::awaitable<HttpResponse> create_bucket(S3& s3, Call& call) {
  refuse_unsupported(call.headers());
  const std::string location = location_of(call);
  const auto made = co_await s3.objects.create_bucket(call.bucket_id(), location);
  if (!made && made.error().code == storage::Errc::conflict) {
    // In us-east-1, and there alone, making one's own bucket again is no error.
    const storage::Bucket present = co_await existing_bucket(s3, call.bucket_id());
    if (present.location != kDefaultRegion || location != kDefaultRegion)
      throw bucket_already_owned(call.bucket);
  } else {
    or_throw(made);
  }
  HttpResponse response;
  response.headers.add("Location", "/" + call.bucket);
  co_return response;
}

}  // namespace

extern const Operation kCreateBucket{"CreateBucket", "PUT", Level::bucket, {}, create_bucket};

}  // namespace millrace::s3
