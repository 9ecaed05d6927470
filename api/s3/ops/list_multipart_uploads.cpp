// ListMultipartUploads: what was begun and neither completed nor aborted.
// Source: S3 API reference, ListMultipartUploads.
#include <algorithm>

#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxUploads = 1000;

void write_upload(XmlWriter& xml, const storage::Upload& upload, const ListParameters& parameters,
                  const std::string& account) {
  const ChecksumPlan plan = plan_of(upload.attributes);
  xml.open("Upload");
  xml.element("Key", parameters.shown(upload.key));
  xml.element("UploadId", upload.id);
  write_initiator(xml, account);
  write_owner(xml, account);
  xml.element("StorageClass", storage_class_of(upload.attributes));
  xml.element("Initiated", xml_time(upload.started));
  if (plan.declared) {
    xml.element("ChecksumAlgorithm", name_of(plan.algorithm));
    xml.element("ChecksumType", type_name(plan.composite));
  }
  xml.close("Upload");
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

asio::awaitable<HttpResponse> list_multipart_uploads(S3& s3, Call& call) {
  const ListParameters parameters = list_parameters(call);
  const storage::Bucket bucket = co_await existing_bucket(s3, call.bucket_id());
  const std::size_t limit = std::min(count_parameter(call, "max-uploads", kMaxUploads), kMaxUploads);
  const std::string key_marker = call.parameter("key-marker").value_or("");
  const std::string id_marker = call.parameter("upload-id-marker").value_or("");
  Page page;
  std::string key = key_marker, id = key_marker.empty() ? "" : id_marker;
  // A marker that is a common prefix, or within one, passes over all of it.
  if (const std::size_t at =
          parameters.delimiter.empty() || !key.starts_with(parameters.prefix) || !id.empty()
              ? std::string::npos
              : key.find(parameters.delimiter, parameters.prefix.size());
      at != std::string::npos)
    key = key.substr(0, at + parameters.delimiter.size()) + '\xff';
  while (limit > 0 && co_await extend(s3, call.bucket_id(), parameters, limit, &key, &id, &page)) {
  }
  XmlWriter xml;
  xml.open("ListMultipartUploadsResult", kNamespace);
  xml.element("Bucket", call.bucket);
  xml.element("KeyMarker", parameters.shown(key_marker));
  xml.element("UploadIdMarker", id_marker);
  xml.element("NextKeyMarker", parameters.shown(page.next_key));
  xml.element("NextUploadIdMarker", page.next_id);
  if (!parameters.delimiter.empty()) xml.element("Delimiter", parameters.shown(parameters.delimiter));
  if (!parameters.prefix.empty()) xml.element("Prefix", parameters.shown(parameters.prefix));
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("MaxUploads", limit);
  xml.element("IsTruncated", page.truncated ? "true" : "false");
  for (const storage::Upload& upload : page.uploads)
    write_upload(xml, upload, parameters, call.request.caller.account);
  for (const std::string& prefix : page.prefixes) {
    xml.open("CommonPrefixes");
    xml.element("Prefix", parameters.shown(prefix));
    xml.close("CommonPrefixes");
  }
  xml.close("ListMultipartUploadsResult");
  co_return listing_response(xml, bucket.location);
}

}  // namespace

extern const Operation kListMultipartUploads{
    "ListMultipartUploads", "GET", Level::bucket, {"uploads"}, list_multipart_uploads};

}  // namespace millrace::s3
