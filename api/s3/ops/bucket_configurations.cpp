// Configurations of buckets that have identifiers: analytics, inventories, metrics, intelligent tiering. No
// bucket has one: lists are empty, and there is nothing to get or to delete. Setting one is not implemented.
// Source: S3 API reference, GetBucketAnalyticsConfiguration and its like.
#include <deque>

#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"

namespace millrace::s3 {

namespace {

struct Kind {
  std::string_view parameter;  // of the query
  const char *list, *get, *remove;
  std::string_view list_root;
};
constexpr Kind kKinds[] = {
    {"analytics", "ListBucketAnalyticsConfigurations", "GetBucketAnalyticsConfiguration",
     "DeleteBucketAnalyticsConfiguration", "ListBucketAnalyticsConfigurationResult"},
    {"intelligent-tiering", "ListBucketIntelligentTieringConfigurations",
     "GetBucketIntelligentTieringConfiguration", "DeleteBucketIntelligentTieringConfiguration",
     "ListBucketIntelligentTieringConfigurationsOutput"},
    {"inventory", "ListBucketInventoryConfigurations", "GetBucketInventoryConfiguration",
     "DeleteBucketInventoryConfiguration", "ListInventoryConfigurationsResult"},
    {"metrics", "ListBucketMetricsConfigurations", "GetBucketMetricsConfiguration",
     "DeleteBucketMetricsConfiguration", "ListMetricsConfigurationsResult"},
};

asio::awaitable<HttpResponse> list_none(S3& s3, Call& call) {
  (void)co_await existing_bucket(s3, call.bucket_id());
  const Kind* kind = kKinds;
  while (call.request.operation != kind->list) ++kind;
  XmlWriter xml;
  xml.open(kind->list_root, kNamespace);
  xml.element("IsTruncated", "false");
  xml.close(kind->list_root);
  co_return xml_response(xml);
}

asio::awaitable<HttpResponse> refuse_missing(S3& s3, Call& call) {
  (void)co_await existing_bucket(s3, call.bucket_id());
  throw no_such_configuration();
}

}  // namespace

std::vector<const Operation*> bucket_configurations() {
  static const std::deque<Operation> all = [] {
    std::deque<Operation> out;
    for (const Kind& kind : kKinds) {  // with an identifier first: a list has none
      out.push_back({kind.get, "GET", Level::bucket, {kind.parameter, "id"}, refuse_missing});
      out.push_back({kind.remove, "DELETE", Level::bucket, {kind.parameter, "id"}, refuse_missing});
      out.push_back({kind.list, "GET", Level::bucket, {kind.parameter}, list_none});
    }
    return out;
  }();
  std::vector<const Operation*> out;
  for (const Operation& op : all) out.push_back(&op);
  return out;
}

}  // namespace millrace::s3
