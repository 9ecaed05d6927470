// ListObjectsV2: a page of the bucket's keys, grouped by a delimiter.
// Source: S3 API reference, ListObjectsV2.
#include "api/core/base64.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

// A token is the last key of the page before, and nothing that a client needs to know.
std::string position_of(const Call& call) {
  const auto token = call.parameter("continuation-token");
  if (!token) return call.parameter("start-after").value_or("");
  const auto after = base64_decode(*token);
  if (!after || after->empty())
    throw invalid_argument("The continuation token provided is incorrect", "continuation-token");
  return *after;
}

asio::awaitable<HttpResponse> list_objects_v2(S3& s3, Call& call) {
  if (call.parameter("list-type") != "2")
    throw invalid_argument("Invalid List Type specified in Request", "list-type",
                           *call.parameter("list-type"));
  const ListParameters parameters = list_parameters(call);
  const Owner owner = call.parameter("fetch-owner") == "true" ? Owner::shown : Owner::hidden;
  std::string after = position_of(call);
  const ListedPage listed = co_await list_page(s3, call, parameters, std::move(after));
  const storage::Listing& page = listed.listing;
  XmlWriter xml;
  xml.open("ListBucketResult", kNamespace);
  xml.element("Name", call.bucket);
  xml.element("Prefix", parameters.shown(parameters.prefix));
  if (const auto token = call.parameter("continuation-token")) xml.element("ContinuationToken", *token);
  if (page.truncated) xml.element("NextContinuationToken", base64_encode(last_of(page)));
  if (const auto start = call.parameter("start-after"); start && !call.parameter("continuation-token"))
    xml.element("StartAfter", parameters.shown(*start));
  xml.element("KeyCount", page.entries.size());
  xml.element("MaxKeys", parameters.max_keys);
  if (!parameters.delimiter.empty()) xml.element("Delimiter", parameters.shown(parameters.delimiter));
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("IsTruncated", page.truncated ? "true" : "false");
  write_entries(xml, page, parameters, call.request.caller.account, owner);
  xml.close("ListBucketResult");
  co_return listing_response(xml, listed.region);
}

}  // namespace

extern const Operation kListObjectsV2{"ListObjectsV2", "GET", Level::bucket, {"list-type"}, list_objects_v2};

}  // namespace millrace::s3
