// ListObjects, the first version: pages by marker, owners always shown.
// Source: S3 API reference, ListObjects.
#include "api/s3/listing.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> list_objects(S3& s3, Call& call) {
  const ListParameters parameters = list_parameters(call);
  const std::string marker = call.parameter("marker").value_or("");
  const ListedPage listed = co_await list_page(s3, call, parameters, marker);
  const storage::Listing& page = listed.listing;
  XmlWriter xml;
  xml.open("ListBucketResult", kNamespace);
  xml.element("Name", call.bucket);
  xml.element("Prefix", parameters.shown(parameters.prefix));
  xml.element("Marker", parameters.shown(marker));
  // Without a delimiter the last key is the next marker.
  if (page.truncated && !parameters.delimiter.empty())
    xml.element("NextMarker", parameters.shown(last_of(page)));
  xml.element("MaxKeys", parameters.max_keys);
  if (!parameters.delimiter.empty()) xml.element("Delimiter", parameters.shown(parameters.delimiter));
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("IsTruncated", page.truncated ? "true" : "false");
  write_entries(xml, page, parameters, call.request.caller.account, Owner::shown);
  xml.close("ListBucketResult");
  co_return listing_response(xml, listed.region);
}

}  // namespace

extern const Operation kListObjects{"ListObjects", "GET", Level::bucket, {}, list_objects};

}  // namespace millrace::s3
