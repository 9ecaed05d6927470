// CreateBucket: a bucket of the caller's account. From us-east-1 it is made in any region that the body
// names, from another region in that region alone, which the body must name. Sources: S3 API reference,
// CreateBucket; LocalStack's recording test_different_location_constraint.
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/object_headers.h"
#include "api/s3/settings.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr std::size_t kMaxLocationBytes = 64;

void check_ownership(const std::string& value) {
  if (value == "BucketOwnerEnforced") return;
  if (value == "BucketOwnerPreferred" || value == "ObjectWriter")
    throw not_implemented("x-amz-object-ownership", value);
  throw invalid_argument("Invalid x-amz-object-ownership header: " + value, "x-amz-object-ownership");
}

void refuse_unsupported(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    const std::string header = lower_case(name);
    if (header == "x-amz-bucket-object-lock-enabled" && equals_ignoring_case(value, "true"))
      throw not_implemented(header);
    if (header == "x-amz-object-ownership") check_ownership(value);
    if (header.starts_with("x-amz-grant-") || (header == "x-amz-acl" && value != "private"))
      throw bucket_acl_with_ownership();
  }
}

struct Configuration {
  std::string location;
  storage::Attributes settings;
};

Configuration configuration_of(const std::string& body) {
  Configuration out;
  if (body.empty()) return out;
  pugi::xml_document document;
  const pugi::xml_node root = parse_xml(document, body, "CreateBucketConfiguration");
  out.location = child_text(root, "LocationConstraint");
  if (child(root, "Bucket") || child(root, "Location"))
    throw operation_not_implemented("Bucket and Location in CreateBucketConfiguration");
  if (const Tags tags = tags_of_xml(child(root, "Tags"), kNewBucketTags); !tags.empty())
    out.settings.emplace_back("tagging", kept_tag_set(tags));
  return out;
}

// `wanted`: the constraint of the request; empty: none.
std::string location_of(const Call& call, const std::string& wanted) {
  const std::string& region = call.request.caller.region;
  const std::string location = wanted == "EU" ? "eu-west-1" : wanted;
  if (region != kDefaultRegion) {
    if (location != region) throw illegal_location(location);
    return location;
  }
  if (location.empty()) return region;
  if (location == kDefaultRegion || location.size() > kMaxLocationBytes ||
      location.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    throw invalid_location(wanted);
  return location;
}

// What a new bucket's name must keep besides: earlier releases allowed a hyphen beside a dot.
void check_labels(const std::string& name) {
  if (name.find(".-") != name.npos || name.find("-.") != name.npos) throw invalid_bucket_name(name);
}

asio::awaitable<HttpResponse> create_bucket(S3& s3, Call& call) {
  check_labels(call.bucket);
  refuse_unsupported(call.headers());
  Configuration wanted = configuration_of(call.request.http.body);
  const std::string location = location_of(call, wanted.location);
  const bool tagged = !wanted.settings.empty();
  const auto made = co_await s3.objects.create_bucket(call.bucket_id(), location, std::move(wanted.settings));
  if (!made && made.error().code == storage::Errc::conflict) {
    // In us-east-1, and there alone, making one's own bucket again is no error.
    const storage::Bucket present = co_await existing_bucket(s3, call.bucket_id());
    if (present.location != kDefaultRegion || location != kDefaultRegion || tagged)
      throw bucket_already_owned(call.bucket);
  } else {
    or_throw(made);
  }
  HttpResponse response;
  response.headers.add("Location", "/" + call.bucket);
  response.headers.add("x-amz-bucket-arn", bucket_arn({call.bucket, location, {}}));
  co_return response;
}

}  // namespace

extern const Operation kCreateBucket{"CreateBucket", "PUT", Level::bucket, {}, create_bucket};

}  // namespace millrace::s3
