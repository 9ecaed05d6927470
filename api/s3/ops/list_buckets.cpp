// ListBuckets: the account's buckets by name.
// Source: S3 API reference, ListBuckets; paging (max-buckets, continuation-token, prefix) since 2024.
#include <algorithm>

#include "api/core/base64.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxBuckets = 10'000;

struct ListBucketsInput {
  Text prefix, region, token, max_buckets;
};
constexpr auto kInput =
    shape<ListBucketsInput>(field("prefix", &ListBucketsInput::prefix, in_query),
                            field("bucket-region", &ListBucketsInput::region, in_query),
                            field("continuation-token", &ListBucketsInput::token, in_query),
                            field("max-buckets", &ListBucketsInput::max_buckets, in_query));

struct ListedBucket {
  std::string name;
  Time created;
  Text region, arn;
};
constexpr auto kListedBucket =
    shape<ListedBucket>(field("Name", &ListedBucket::name),
                        field("CreationDate", &ListedBucket::created, TimeForm::iso8601_millis),
                        field("BucketRegion", &ListedBucket::region), field("BucketArn", &ListedBucket::arn));
struct ListBucketsOutput {
  Owner owner;
  std::vector<ListedBucket> buckets;
  Text prefix, token;
};
constexpr auto kOutput = shape<ListBucketsOutput>(
    field("Owner", &ListBucketsOutput::owner, kOwner),
    field("Buckets", &ListBucketsOutput::buckets, members_called("Bucket"), kListedBucket),
    field("Prefix", &ListBucketsOutput::prefix), field("ContinuationToken", &ListBucketsOutput::token));

asio::awaitable<ListBucketsOutput> list_buckets(S3& s3, Request& request, ListBucketsInput in) {
  const std::string prefix = in.prefix.value_or(""), region = in.region.value_or("");
  const auto after = base64_decode(in.token.value_or(""));
  if (!after) throw invalid_argument("The continuation token provided is incorrect", "continuation-token");
  const std::size_t limit = std::min(count_of(in.max_buckets, "max-buckets", kMaxBuckets), kMaxBuckets);
  // Region and ARN are shown to whoever gives one of the parameters.
  const bool asked = in.max_buckets || in.prefix || in.token || in.region;
  ListBucketsOutput out;
  out.owner = owner_of(request);
  std::string last = *after;
  bool more = true;
  while (more && out.buckets.size() < limit) {
    const auto page = or_throw(co_await s3.objects.buckets(request.caller.account, last, 1000));
    more = page.size() == 1000;
    for (const storage::Bucket& bucket : page) {
      if (out.buckets.size() == limit) {
        more = true;
        break;
      }
      last = bucket.name;
      if (!bucket.name.starts_with(prefix) || (!region.empty() && bucket.location != region)) continue;
      ListedBucket& shown = out.buckets.emplace_back();
      shown.name = bucket.name;
      shown.created = whole_seconds(bucket.created);
      if (!asked) continue;
      shown.region = bucket.location;
      shown.arn = bucket_arn(bucket);
    }
  }
  if (!prefix.empty()) out.prefix = prefix;
  if (more && limit > 0) out.token = base64_encode(last);
  co_return out;
}

}  // namespace

extern const Row kListBuckets = operation("ListBuckets", kInput, kOutput, list_buckets)
                                    .http("GET", "/", 200, "ListAllMyBucketsResult")
                                    .reads()
                                    .on(every_resource, "s3:ListAllMyBuckets");

}  // namespace millrace::s3
