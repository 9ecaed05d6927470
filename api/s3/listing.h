// What the listings of a bucket's keys share: parameters, pages and elements.
#pragma once

#include "api/core/dates.h"
#include "api/s3/service.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

struct ListInput : OnBucket {
  Text prefix, delimiter, encoding_type, max_keys;
};
constexpr const char* kNoRestores = "it asks for the state of restores, which no object has";
constexpr auto kListMembers = members(kOnBucket, field("prefix", &ListInput::prefix, in_query),
                                      field("delimiter", &ListInput::delimiter, in_query),
                                      field("encoding-type", &ListInput::encoding_type, in_query));
constexpr auto kKeyListMembers =
    members(kListMembers, field("max-keys", &ListInput::max_keys, in_query),
            ignored<std::string>("x-amz-optional-object-attributes", kNoRestores, in_header));

struct ListParameters {
  std::string prefix, delimiter;
  bool url_encoded = false;  // encoding-type=url
  std::size_t max_keys = 1000;

  // A key as the listing shows it.
  [[nodiscard]] std::string shown(std::string_view key) const;
};

// Throws InvalidArgument.
[[nodiscard]] ListParameters list_parameters(const ListInput& in);
// A query parameter of 0 to 2^31 - 1, `fallback` when absent or empty. Throws InvalidArgument.
[[nodiscard]] std::size_t count_of(const Text& text, std::string_view name, std::size_t fallback);

struct ListedPage {
  storage::Listing listing;
  std::string region;  // the bucket's
};
// A page of the bucket behind `after`; empty if max_keys is 0. Throws NoSuchBucket.
[[nodiscard]] asio::awaitable<ListedPage> list_page(S3& s3, storage::BucketId id, ListParameters parameters,
                                                    std::string after);
// The key or common prefix that the next page begins behind.
[[nodiscard]] std::string last_of(const storage::Listing& page);

// ---- Elements ----

// Times are whole seconds, so that a listing has the Last-Modified of the object.
struct ListedObject : ChecksumKind {
  std::string key;
  Text version_id;
  std::optional<bool> is_latest;
  Time modified;
  std::string tag;
  std::int64_t size = 0;
  std::optional<Owner> owner;
  std::string storage_class;
};
constexpr auto kListedObject = shape_of<ListedObject>(
    field("Key", &ListedObject::key), field("VersionId", &ListedObject::version_id),
    field("IsLatest", &ListedObject::is_latest),
    field("LastModified", &ListedObject::modified, TimeForm::iso8601_millis),
    field("ETag", &ListedObject::tag), kChecksumKind, field("Size", &ListedObject::size),
    field("Owner", &ListedObject::owner, kOwner), field("StorageClass", &ListedObject::storage_class));
struct CommonPrefix {
  std::string prefix;
};
constexpr auto kCommonPrefix = shape<CommonPrefix>(field("Prefix", &CommonPrefix::prefix));

// What the answers of all listings have: of the request, and what it found.
struct Listed {
  std::string region;
  std::string name, prefix;
  std::int64_t max_keys = 0;
  Text delimiter, encoding_type;
  bool truncated = false;
  std::vector<ListedObject> objects;
  std::vector<CommonPrefix> prefixes;
};
constexpr auto kListedRegion = members(field("x-amz-bucket-region", &Listed::region, in_header));
constexpr auto kListedNames = members(field("Name", &Listed::name), field("Prefix", &Listed::prefix));
constexpr auto kListedForm =
    members(field("MaxKeys", &Listed::max_keys), field("Delimiter", &Listed::delimiter),
            field("EncodingType", &Listed::encoding_type), field("IsTruncated", &Listed::truncated));
constexpr auto kListedObjects = members(field("Contents", &Listed::objects, flattened, kListedObject),
                                        field("CommonPrefixes", &Listed::prefixes, flattened, kCommonPrefix));

void describe(Listed& out, const std::string& bucket, const ListParameters& parameters, ListedPage page,
              const std::optional<Owner>& owner);
[[nodiscard]] ChecksumKind checksum_kind_of(const storage::Object& object);

}  // namespace millrace::s3
