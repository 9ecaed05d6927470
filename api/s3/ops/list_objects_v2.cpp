// ListObjectsV2: a page of the bucket's keys, grouped by a delimiter.
// Source: S3 API reference, ListObjectsV2.
#include "api/core/base64.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"

namespace millrace::s3 {

namespace {

struct ListObjectsV2Input : ListInput {
  std::string list_type;
  Text token, start_after, fetch_owner;
};
constexpr auto kInput = shape_of<ListObjectsV2Input>(
    kKeyListMembers, field("list-type", &ListObjectsV2Input::list_type, in_query),
    field("continuation-token", &ListObjectsV2Input::token, in_query),
    field("start-after", &ListObjectsV2Input::start_after, in_query),
    field("fetch-owner", &ListObjectsV2Input::fetch_owner, in_query));

struct ListObjectsV2Output : Listed {
  Text token, next_token, start_after;
  std::int64_t key_count = 0;
};
constexpr auto kOutput = shape_of<ListObjectsV2Output>(
    kListedRegion, kListedNames, field("ContinuationToken", &ListObjectsV2Output::token),
    field("NextContinuationToken", &ListObjectsV2Output::next_token),
    field("StartAfter", &ListObjectsV2Output::start_after),
    field("KeyCount", &ListObjectsV2Output::key_count), kListedForm, kListedObjects);

// A token is the last key of the page before, and nothing that a client needs to know.
std::string position_of(const ListObjectsV2Input& in) {
  if (!in.token) return in.start_after.value_or("");
  const auto after = base64_decode(*in.token);
  if (!after || after->empty())
    throw invalid_argument("The continuation token provided is incorrect", "continuation-token");
  return *after;
}

asio::awaitable<ListObjectsV2Output> list_objects_v2(S3& s3, Request& request, ListObjectsV2Input in) {
  if (in.list_type != "2")
    throw invalid_argument("Invalid List Type specified in Request", "list-type", in.list_type);
  const ListParameters parameters = list_parameters(in);
  std::optional<Owner> owner;
  if (in.fetch_owner == "true") owner = owner_of(request);
  std::string after = position_of(in);
  ListedPage page = co_await list_page(s3, id_of(request, in), parameters, std::move(after));
  ListObjectsV2Output out;
  if (page.listing.truncated) out.next_token = base64_encode(last_of(page.listing));
  if (in.start_after && !in.token) out.start_after = parameters.shown(*in.start_after);
  out.token = std::move(in.token);
  out.key_count = static_cast<std::int64_t>(page.listing.entries.size());
  describe(out, in.bucket, parameters, std::move(page), owner);
  co_return out;
}

}  // namespace

extern const Row kListObjectsV2 = operation("ListObjectsV2", kInput, kOutput, list_objects_v2)
                                      .http("GET", "/{Bucket}?list-type", 200, "ListBucketResult")
                                      .reads()
                                      .on(bucket_resource, "s3:ListBucket");

}  // namespace millrace::s3
