// ListObjectVersions: there is one version of each object, the null version of a bucket without versioning.
// Source: S3 API reference, ListObjectVersions.
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/object_headers.h"

namespace millrace::s3 {

namespace {

struct ListVersionsInput : ListInput {
  Text key_marker, version_marker;
};
constexpr auto kInput = shape_of<ListVersionsInput>(
    kKeyListMembers, field("key-marker", &ListVersionsInput::key_marker, in_query),
    field("version-id-marker", &ListVersionsInput::version_marker, in_query));

struct ListVersionsOutput : Listed {
  std::string key_marker, version_marker;
  Text next_key, next_version;
};
constexpr auto kOutput = shape_of<ListVersionsOutput>(
    kListedRegion, kListedNames, field("KeyMarker", &ListVersionsOutput::key_marker),
    field("VersionIdMarker", &ListVersionsOutput::version_marker),
    field("NextKeyMarker", &ListVersionsOutput::next_key),
    field("NextVersionIdMarker", &ListVersionsOutput::next_version), kListedForm,
    field("Versions", &ListVersionsOutput::objects, in_xml("Version"), flattened, kListedObject),
    field("CommonPrefixes", &ListVersionsOutput::prefixes, flattened, kCommonPrefix));

asio::awaitable<ListVersionsOutput> list_object_versions(S3& s3, Request& request, ListVersionsInput in) {
  const ListParameters parameters = list_parameters(in);
  const std::string marker = in.key_marker.value_or("");
  if (marker.empty() && in.version_marker && !in.version_marker->empty())
    throw invalid_argument("A version-id marker cannot be specified without a key marker.",
                           "version-id-marker", *in.version_marker);
  ListedPage page = co_await list_page(s3, id_of(request, in), parameters, marker);
  ListVersionsOutput out;
  out.key_marker = parameters.shown(marker);
  out.version_marker = in.version_marker.value_or("");
  if (page.listing.truncated) {
    out.next_key = parameters.shown(last_of(page.listing));
    if (std::holds_alternative<storage::Object>(page.listing.entries.back())) out.next_version = "null";
  }
  describe(out, in.bucket, parameters, std::move(page), owner_of(request));
  for (ListedObject& object : out.objects) {
    object.version_id = "null";
    object.is_latest = true;
  }
  co_return out;
}

}  // namespace

extern const Row kListObjectVersions = operation("ListObjectVersions", kInput, kOutput, list_object_versions)
                                           .http("GET", "/{Bucket}?versions", 200, "ListVersionsResult")
                                           .reads()
                                           .on(bucket_resource, "s3:ListBucketVersions");

}  // namespace millrace::s3
