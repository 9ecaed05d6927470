// Configurations of buckets that have identifiers: analytics, inventories, metrics, intelligent tiering. No
// bucket has one: lists are empty, and there is nothing to get or to delete. Setting one is not implemented.
// Source: S3 API reference, GetBucketAnalyticsConfiguration and its like.
#include <deque>

#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

struct ConfigurationInput : OnBucket {};
constexpr auto kInput = shape_of<ConfigurationInput>(
    kOnBucket, ignored<std::string>("id", "there is no configuration, whatever its identifier", in_query));
constexpr auto kListInput = shape_of<ConfigurationInput>(
    kOnBucket, ignored<std::string>("continuation-token", "lists are empty", in_query));
struct ListOutput {
  bool truncated = false;
};
constexpr auto kListOutput = shape<ListOutput>(field("IsTruncated", &ListOutput::truncated));

asio::awaitable<ListOutput> list_none(S3& s3, Request& request, ConfigurationInput in) {
  (void)co_await existing_bucket(s3, id_of(request, in));
  co_return ListOutput{};
}

asio::awaitable<Nothing> refuse_missing(S3& s3, Request& request, ConfigurationInput in) {
  (void)co_await existing_bucket(s3, id_of(request, in));
  throw no_such_configuration();
}

struct Kind {
  const char *one, *all;  // URIs
  const char *list, *get, *remove;
  const char* list_root;
  const char *read_action, *write_action;
};
constexpr Kind kKinds[] = {
    {"/{Bucket}?analytics&id", "/{Bucket}?analytics", "ListBucketAnalyticsConfigurations",
     "GetBucketAnalyticsConfiguration", "DeleteBucketAnalyticsConfiguration",
     "ListBucketAnalyticsConfigurationResult", "s3:GetAnalyticsConfiguration",
     "s3:PutAnalyticsConfiguration"},
    {"/{Bucket}?intelligent-tiering&id", "/{Bucket}?intelligent-tiering",
     "ListBucketIntelligentTieringConfigurations", "GetBucketIntelligentTieringConfiguration",
     "DeleteBucketIntelligentTieringConfiguration", "ListBucketIntelligentTieringConfigurationsOutput",
     "s3:GetIntelligentTieringConfiguration", "s3:PutIntelligentTieringConfiguration"},
    {"/{Bucket}?inventory&id", "/{Bucket}?inventory", "ListBucketInventoryConfigurations",
     "GetBucketInventoryConfiguration", "DeleteBucketInventoryConfiguration",
     "ListInventoryConfigurationsResult", "s3:GetInventoryConfiguration", "s3:PutInventoryConfiguration"},
    {"/{Bucket}?metrics&id", "/{Bucket}?metrics", "ListBucketMetricsConfigurations",
     "GetBucketMetricsConfiguration", "DeleteBucketMetricsConfiguration", "ListMetricsConfigurationsResult",
     "s3:GetMetricsConfiguration", "s3:PutMetricsConfiguration"},
};

}  // namespace

std::vector<const Operation*> bucket_configurations() {
  static const std::deque<Row> all = [] {
    std::deque<Row> out;
    for (const Kind& kind : kKinds) {  // with an identifier first: a list has none
      out.push_back(operation(kind.get, kInput, kNothing, refuse_missing)
                        .http("GET", kind.one)
                        .reads()
                        .on(bucket_resource, kind.read_action));
      out.push_back(operation(kind.remove, kInput, kNothing, refuse_missing)
                        .http("DELETE", kind.one)
                        .writes()
                        .on(bucket_resource, kind.write_action));
      out.push_back(operation(kind.list, kListInput, kListOutput, list_none)
                        .http("GET", kind.all, 200, kind.list_root)
                        .reads()
                        .on(bucket_resource, kind.read_action));
    }
    return out;
  }();
  std::vector<const Operation*> out;
  for (const Row& row : all) out.push_back(&row);
  return out;
}

}  // namespace millrace::s3
