// ListBuckets: the account's buckets by name.
// Source: S3 API reference, ListBuckets; paging (max-buckets, continuation-token, prefix) since 2024.
#include <algorithm>

#include "api/core/base64.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxBuckets = 10'000;

asio::awaitable<HttpResponse> list_buckets(S3& s3, Call& call) {
  const std::string prefix = call.parameter("prefix").value_or("");
  const std::string region = call.parameter("bucket-region").value_or("");
  const std::string token = call.parameter("continuation-token").value_or("");
  const auto after = base64_decode(token);
  if (!after) throw invalid_argument("The continuation token provided is incorrect", "continuation-token");
  const std::size_t limit = std::min(count_parameter(call, "max-buckets", kMaxBuckets), kMaxBuckets);

  // Region and ARN are shown to whoever gives one of the parameters.
  bool asked = false;
  for (const char* name : {"max-buckets", "prefix", "continuation-token", "bucket-region"})
    asked = asked || call.parameter(name).has_value();
  const std::string& account = call.request.caller.account;
  XmlWriter xml;
  xml.open("ListAllMyBucketsResult", kNamespace);
  write_owner(xml, account);
  xml.open("Buckets");
  std::string last = *after;
  std::size_t shown = 0;
  bool more = true;
  while (more && shown < limit) {
    const auto page = or_throw(co_await s3.objects.buckets(account, last, 1000));
    more = page.size() == 1000;
    for (const storage::Bucket& bucket : page) {
      if (shown == limit) {
        more = true;
        break;
      }
      last = bucket.name;
      if (!bucket.name.starts_with(prefix) || (!region.empty() && bucket.location != region)) continue;
      ++shown;
      xml.open("Bucket");
      xml.element("Name", bucket.name);
      xml.element("CreationDate", xml_time(bucket.created));
      if (asked) {
        xml.element("BucketRegion", bucket.location);
        xml.element("BucketArn", bucket_arn(bucket));
      }
      xml.close("Bucket");
    }
  }
  xml.close("Buckets");
  if (!prefix.empty()) xml.element("Prefix", prefix);
  if (more && limit > 0) xml.element("ContinuationToken", base64_encode(last));
  xml.close("ListAllMyBucketsResult");
  co_return xml_response(xml);
}

}  // namespace

extern const Operation kListBuckets{"ListBuckets", "GET", Level::service, {}, list_buckets};

}  // namespace millrace::s3
