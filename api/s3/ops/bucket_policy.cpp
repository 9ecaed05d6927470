// PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus: who may use a bucket.
// Source: S3 API reference, of the same names.
#include "api/s3/bucket_policy.h"

#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/settings.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

struct PolicyInput : OnBucket {};
constexpr auto kInput = shape_of<PolicyInput>(kOnBucket);
struct PutPolicyInput : OnBucket {
  Blob policy;
};
constexpr auto kPutInput = shape_of<PutPolicyInput>(
    kOnBucket, kDigests,
    ignored<std::string>("x-amz-confirm-remove-self-bucket-access",
                         "a policy may lock out its author: the account's root can always replace it",
                         in_header),
    field("Policy", &PutPolicyInput::policy, in_payload));
// The policy is shown as it is kept.
constexpr auto kGetOutput = shape_of<Document>(kDocument);
struct PolicyStatusOutput {
  bool is_public = false;
};
constexpr auto kStatusOutput = shape<PolicyStatusOutput>(field("IsPublic", &PolicyStatusOutput::is_public));

// An empty block is one that was deleted; new buckets have one without a setting.
asio::awaitable<bool> blocks_public_policies(S3& s3, storage::BucketId id) {
  const std::optional<std::string> block =
      co_await bucket_setting(s3, std::move(id), std::string(kAccessBlockSetting));
  co_return !block || !block->empty();
}

asio::awaitable<void> check(S3& s3, Request& request) {
  (void)co_await existing_bucket(s3, bucket_of(request));
  co_await take_document(s3, request);
}

asio::awaitable<Nothing> put_policy(S3& s3, Request& request, PutPolicyInput in) {
  const storage::BucketId id = id_of(request, in);
  std::optional<std::string> kept = checked_bucket_policy(in.policy.bytes, in.bucket);
  if (is_public_policy(*kept) && co_await blocks_public_policies(s3, id))
    throw public_policy_blocked(request.caller.arn, bucket_arn(co_await existing_bucket(s3, id)));
  co_await keep_setting(s3, id, std::string(kPolicySetting), std::move(kept));
  s3.policies.changed(id);
  co_return Nothing{};
}

asio::awaitable<std::shared_ptr<const std::string>> existing_policy(S3& s3, storage::BucketId id) {
  std::shared_ptr<const std::string> policy = co_await s3.policies.of(id);
  if (policy) co_return policy;
  (void)co_await existing_bucket(s3, id);
  throw no_such_setting("NoSuchBucketPolicy", "The bucket policy does not exist", id.name);
}

asio::awaitable<Document> get_policy(S3& s3, Request& request, PolicyInput in) {
  const auto policy = co_await existing_policy(s3, id_of(request, in));
  Document out;
  out.content_type = "application/json";
  out.body.bytes = *policy;
  co_return out;
}

asio::awaitable<PolicyStatusOutput> get_policy_status(S3& s3, Request& request, PolicyInput in) {
  const auto policy = co_await existing_policy(s3, id_of(request, in));
  co_return PolicyStatusOutput{is_public_policy(*policy)};
}

asio::awaitable<Nothing> delete_policy(S3& s3, Request& request, PolicyInput in) {
  const storage::BucketId id = id_of(request, in);
  (void)co_await existing_bucket(s3, id);
  co_await keep_setting(s3, id, std::string(kPolicySetting), std::nullopt);
  s3.policies.changed(id);
  co_return Nothing{};
}

}  // namespace

extern const Row kPutBucketPolicy = Row(operation("PutBucketPolicy", kPutInput, kNothing, put_policy)
                                            .http("PUT", "/{Bucket}?policy", 204)
                                            .writes()
                                            .on(bucket_resource))
                                        .checked_by(check);
extern const Row kGetBucketPolicy = operation("GetBucketPolicy", kInput, kGetOutput, get_policy)
                                        .http("GET", "/{Bucket}?policy")
                                        .reads()
                                        .on(bucket_resource);
extern const Row kGetBucketPolicyStatus =
    operation("GetBucketPolicyStatus", kInput, kStatusOutput, get_policy_status)
        .http("GET", "/{Bucket}?policyStatus", 200, "PolicyStatus")
        .reads()
        .on(bucket_resource);
extern const Row kDeleteBucketPolicy = operation("DeleteBucketPolicy", kInput, kNothing, delete_policy)
                                           .http("DELETE", "/{Bucket}?policy", 204)
                                           .writes()
                                           .on(bucket_resource);

}  // namespace millrace::s3
