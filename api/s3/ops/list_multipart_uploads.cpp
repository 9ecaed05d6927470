// ListMultipartUploads: what was begun and neither completed nor aborted.
// Source: S3 API reference, ListMultipartUploads.
#include <algorithm>

#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxUploads = 1000;

struct ListUploadsInput : ListInput {
  Text max_uploads, key_marker, id_marker;
};
constexpr auto kInput =
    shape_of<ListUploadsInput>(kListMembers, field("max-uploads", &ListUploadsInput::max_uploads, in_query),
                               field("key-marker", &ListUploadsInput::key_marker, in_query),
                               field("upload-id-marker", &ListUploadsInput::id_marker, in_query));

struct ListedUpload : ChecksumKind {
  std::string key, id;
  Initiator initiator;
  Owner owner;
  std::string storage_class;
  Time started;
};
constexpr auto kListedUpload = shape_of<ListedUpload>(
    field("Key", &ListedUpload::key), field("UploadId", &ListedUpload::id),
    field("Initiator", &ListedUpload::initiator, kInitiator), field("Owner", &ListedUpload::owner, kOwner),
    field("StorageClass", &ListedUpload::storage_class),
    field("Initiated", &ListedUpload::started, TimeForm::iso8601_millis), kChecksumKind);
struct ListUploadsOutput {
  std::string region, bucket, key_marker, id_marker, next_key, next_id;
  Text delimiter, prefix, encoding_type;
  std::int64_t max_uploads = 0;
  bool truncated = false;
  std::vector<ListedUpload> uploads;
  std::vector<CommonPrefix> prefixes;
};
constexpr auto kOutput = shape<ListUploadsOutput>(
    field("x-amz-bucket-region", &ListUploadsOutput::region, in_header),
    field("Bucket", &ListUploadsOutput::bucket), field("KeyMarker", &ListUploadsOutput::key_marker),
    field("UploadIdMarker", &ListUploadsOutput::id_marker),
    field("NextKeyMarker", &ListUploadsOutput::next_key),
    field("NextUploadIdMarker", &ListUploadsOutput::next_id),
    field("Delimiter", &ListUploadsOutput::delimiter), field("Prefix", &ListUploadsOutput::prefix),
    field("EncodingType", &ListUploadsOutput::encoding_type),
    field("MaxUploads", &ListUploadsOutput::max_uploads), field("IsTruncated", &ListUploadsOutput::truncated),
    field("Uploads", &ListUploadsOutput::uploads, in_xml("Upload"), flattened, kListedUpload),
    field("CommonPrefixes", &ListUploadsOutput::prefixes, flattened, kCommonPrefix));

ListedUpload listed(const storage::Upload& upload, const ListParameters& parameters, const Request& request) {
  const ChecksumPlan plan = plan_of(upload.attributes);
  ListedUpload out;
  out.key = parameters.shown(upload.key);
  out.id = upload.id;
  out.initiator = initiator_of(request);
  out.owner = owner_of(request);
  out.storage_class = storage_class_of(upload.attributes);
  out.started = whole_seconds(upload.started);
  if (!plan.declared) return out;
  out.checksum_algorithm = name_of(plan.algorithm);
  out.checksum_type = type_name(plan.composite);
  return out;
}

// What a page shows: uploads, and the common prefixes of the others.
struct Page {
  std::vector<storage::Upload> uploads;
  std::vector<std::string> prefixes;
  std::string next_key, next_id;
  bool truncated = false;

  [[nodiscard]] std::size_t size() const { return uploads.size() + prefixes.size(); }
};

// Adds the uploads behind (`key`, `id`) to `page` up to the limit, or to the end of a common prefix, which is
// passed over. Returns whether the page may hold more.
asio::awaitable<bool> extend(S3& s3, storage::BucketId bucket, const ListParameters& parameters,
                             std::size_t limit, std::string* key, std::string* id, Page* page) {
  storage::UploadListing rows = or_throw(
      co_await s3.objects.uploads(std::move(bucket), parameters.prefix, *key, *id, limit - page->size() + 1));
  for (storage::Upload& upload : rows.uploads) {
    if (page->size() == limit) {
      page->truncated = true;
      co_return false;
    }
    const std::size_t at = parameters.delimiter.empty()
                               ? std::string::npos
                               : upload.key.find(parameters.delimiter, parameters.prefix.size());
    if (at == std::string::npos) {
      *key = page->next_key = upload.key;
      *id = page->next_id = upload.id;
      page->uploads.push_back(std::move(upload));
      continue;
    }
    page->prefixes.push_back(upload.key.substr(0, at + parameters.delimiter.size()));
    page->next_key = page->prefixes.back();
    page->next_id.clear();
    *key = page->next_key + '\xff';  // behind all keys that begin so: 0xff is no byte of UTF-8
    id->clear();
    co_return true;
  }
  co_return rows.truncated;
}

asio::awaitable<ListUploadsOutput> list_multipart_uploads(S3& s3, Request& request, ListUploadsInput in) {
  const ListParameters parameters = list_parameters(in);
  const storage::BucketId bucket_id = id_of(request, in);
  const storage::Bucket bucket = co_await existing_bucket(s3, bucket_id);
  const std::size_t limit = std::min(count_of(in.max_uploads, "max-uploads", kMaxUploads), kMaxUploads);
  const std::string key_marker = in.key_marker.value_or(""), id_marker = in.id_marker.value_or("");
  Page page;
  std::string key = key_marker, id = key_marker.empty() ? "" : id_marker;
  // A marker that is a common prefix, or within one, passes over all of it.
  if (const std::size_t at =
          parameters.delimiter.empty() || !key.starts_with(parameters.prefix) || !id.empty()
              ? std::string::npos
              : key.find(parameters.delimiter, parameters.prefix.size());
      at != std::string::npos)
    key = key.substr(0, at + parameters.delimiter.size()) + '\xff';
  while (limit > 0 && co_await extend(s3, bucket_id, parameters, limit, &key, &id, &page)) {
  }
  ListUploadsOutput out;
  out.region = bucket.location;
  out.bucket = in.bucket;
  out.key_marker = parameters.shown(key_marker);
  out.id_marker = id_marker;
  out.next_key = parameters.shown(page.next_key);
  out.next_id = page.next_id;
  if (!parameters.delimiter.empty()) out.delimiter = parameters.shown(parameters.delimiter);
  if (!parameters.prefix.empty()) out.prefix = parameters.shown(parameters.prefix);
  if (parameters.url_encoded) out.encoding_type = "url";
  out.max_uploads = static_cast<std::int64_t>(limit);
  out.truncated = page.truncated;
  for (const storage::Upload& upload : page.uploads)
    out.uploads.push_back(listed(upload, parameters, request));
  for (const std::string& prefix : page.prefixes) out.prefixes.push_back({parameters.shown(prefix)});
  co_return out;
}

}  // namespace

extern const Row kListMultipartUploads =
    operation("ListMultipartUploads", kInput, kOutput, list_multipart_uploads)
        .http("GET", "/{Bucket}?uploads")
        .reads()
        .on(bucket_resource, "s3:ListBucketMultipartUploads");

}  // namespace millrace::s3
