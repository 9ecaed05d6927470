// ListObjectVersions: there is one version of each object, the null version of a bucket without versioning.
// Source: S3 API reference, ListObjectVersions.
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/object_headers.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

void write_version(XmlWriter& xml, const storage::Object& object, const ListParameters& parameters,
                   const std::string& account) {
  xml.open("Version");
  xml.element("Key", parameters.shown(object.key));
  xml.element("VersionId", "null");
  xml.element("IsLatest", "true");
  xml.element("LastModified", xml_time(object.modified));
  xml.element("ETag", quoted_tag(object.description.tag));
  write_checksum_kind(xml, object);
  xml.element("Size", object.size);
  write_owner(xml, account);
  xml.element("StorageClass", storage_class_of(object.description.attributes));
  xml.close("Version");
}

asio::awaitable<HttpResponse> list_object_versions(S3& s3, Call& call) {
  const ListParameters parameters = list_parameters(call);
  const std::string marker = call.parameter("key-marker").value_or("");
  if (marker.empty() && !call.parameter("version-id-marker").value_or("").empty())
    throw invalid_argument("A version-id marker cannot be specified without a key marker.",
                           "version-id-marker", *call.parameter("version-id-marker"));
  ListedPage listed = co_await list_page(s3, call, parameters, marker);
  storage::Listing& page = listed.listing;
  XmlWriter xml;
  xml.open("ListVersionsResult", kNamespace);
  xml.element("Name", call.bucket);
  xml.element("Prefix", parameters.shown(parameters.prefix));
  xml.element("KeyMarker", parameters.shown(marker));
  xml.element("VersionIdMarker", call.parameter("version-id-marker").value_or(""));
  if (page.truncated) {
    xml.element("NextKeyMarker", parameters.shown(last_of(page)));
    if (std::holds_alternative<storage::Object>(page.entries.back()))
      xml.element("NextVersionIdMarker", "null");
  }
  xml.element("MaxKeys", parameters.max_keys);
  if (!parameters.delimiter.empty()) xml.element("Delimiter", parameters.shown(parameters.delimiter));
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("IsTruncated", page.truncated ? "true" : "false");
  for (const storage::ListEntry& entry : page.entries)
    if (const auto* object = std::get_if<storage::Object>(&entry))
      write_version(xml, *object, parameters, call.request.caller.account);
  std::erase_if(page.entries, [](const auto& e) { return std::holds_alternative<storage::Object>(e); });
  write_entries(xml, page, parameters, call.request.caller.account, Owner::hidden);
  xml.close("ListVersionsResult");
  co_return listing_response(xml, listed.region);
}

}  // namespace

extern const Operation kListObjectVersions{
    "ListObjectVersions", "GET", Level::bucket, {"versions"}, list_object_versions};

}  // namespace millrace::s3
