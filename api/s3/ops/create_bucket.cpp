// CreateBucket: a bucket of the caller's account. From us-east-1 it is made in any region that the body
// names, from another region in that region alone, which the body must name. Sources: S3 API reference,
// CreateBucket; LocalStack's recording test_different_location_constraint.
#include "api/s3/body.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/object_headers.h"
#include "api/s3/settings.h"
#include "api/s3/shapes.h"

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

constexpr const char* kDirectory = "of directory buckets, which S3 Express has";

struct Unknown {};
constexpr auto kDirectoryBucket = shape<Unknown>(ignored<std::string>("DataRedundancy", kDirectory),
                                                 ignored<std::string>("Type", kDirectory));
constexpr auto kDirectoryLocation =
    shape<Unknown>(ignored<std::string>("Type", kDirectory), ignored<std::string>("Name", kDirectory));
struct Configuration {
  std::string location;
  std::optional<Unknown> directory_bucket, directory_location;
  std::vector<TagElement> tags;
};
constexpr auto kConfiguration =
    shape<Configuration>(field("LocationConstraint", &Configuration::location),
                         field("Bucket", &Configuration::directory_bucket, kDirectoryBucket),
                         field("Location", &Configuration::directory_location, kDirectoryLocation),
                         field("Tags", &Configuration::tags, members_called("Tag"), kTagsRead, kTagElement));

inline constexpr std::array kNames{"x-amz-acl", "x-amz-grant-", "x-amz-bucket-object-lock-enabled",
                                   "x-amz-object-ownership"};
struct CreateBucketInput : OnBucket, WithHeaders {
  Configuration configuration;
};
constexpr auto kInput = shape_of<CreateBucketInput>(
    kOnBucket, field("Headers", &CreateBucketInput::headers, in_header, named(kNames)),
    ignored<std::string>("x-amz-bucket-namespace", "the names of buckets are those of an account anyway",
                         in_header),
    field("CreateBucketConfiguration", &CreateBucketInput::configuration, in_payload, kConfiguration));

struct CreateBucketOutput {
  std::string location, arn;
};
constexpr auto kOutput =
    shape<CreateBucketOutput>(field("Location", &CreateBucketOutput::location, in_header),
                              field("x-amz-bucket-arn", &CreateBucketOutput::arn, in_header));

storage::Attributes settings_of(Configuration& wanted) {
  if (wanted.directory_bucket || wanted.directory_location)
    throw operation_not_implemented("Bucket and Location in CreateBucketConfiguration");
  storage::Attributes out;
  if (const Tags tags = tags_of(std::move(wanted.tags), kNewBucketTags); !tags.empty())
    out.emplace_back("tagging", kept_tag_set(tags));
  return out;
}

// `wanted`: the constraint of the request; empty: none.
std::string location_of(const Request& request, const std::string& wanted) {
  const std::string& region = request.caller.region;
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

asio::awaitable<CreateBucketOutput> create_bucket(S3& s3, Request& request, CreateBucketInput in) {
  storage::Attributes settings = settings_of(in.configuration);
  const std::string location = location_of(request, in.configuration.location);
  const bool tagged = !settings.empty();
  const storage::BucketId id = id_of(request, in);
  const auto made = co_await s3.objects.create_bucket(id, location, std::move(settings));
  if (!made && made.error().code == storage::Errc::conflict) {
    // In us-east-1, and there alone, making one's own bucket again is no error.
    const storage::Bucket present = co_await existing_bucket(s3, id);
    if (present.location != kDefaultRegion || location != kDefaultRegion || tagged)
      throw bucket_already_owned(in.bucket);
  } else {
    or_throw(made);
  }
  co_return CreateBucketOutput{"/" + in.bucket, bucket_arn({in.bucket, location, {}})};
}

// What a new bucket's name must keep besides: earlier releases allowed a hyphen beside a dot.
void check_labels(const std::string& name) {
  if (name.find(".-") != name.npos || name.find("-.") != name.npos) throw invalid_bucket_name(name);
}

asio::awaitable<void> check(S3&, Request& request) {
  check_labels(bucket_of(request).name);
  refuse_unsupported(request.http.headers);
  check_content_hash(request.http);
  co_return;
}

}  // namespace

extern const Row kCreateBucket = Row(operation("CreateBucket", kInput, kOutput, create_bucket)
                                         .http("PUT", "/{Bucket}")
                                         .writes()
                                         .on(bucket_resource))
                                     .checked_by(check);

}  // namespace millrace::s3
