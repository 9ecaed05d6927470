// PutResourcePolicy: who may use a stream or consumer. It holds from the answer on. Source: Kinesis API
// reference, PutResourcePolicy.
#include "api/kinesis/errors.h"
#include "api/kinesis/policy.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"

namespace millrace::kinesis {

namespace {

struct PutResourcePolicyInput {
  std::string arn, policy;
};
constexpr auto kInput =
    shape<PutResourcePolicyInput>(field("ResourceARN", &PutResourcePolicyInput::arn, required, kResourceArn),
                                  kStreamId, field("Policy", &PutResourcePolicyInput::policy, required));

asio::awaitable<Nothing> put_resource_policy(Kinesis& k, const Caller& caller, PutResourcePolicyInput in) {
  const Resource resource = find_resource(k, caller, in.arn);
  if (in.policy.size() > kMaxPolicyBytes)
    throw invalid_policy("it has more than " + std::to_string(kMaxPolicyBytes) + " bytes");
  if (caller.identity)
    check_enforced_policy(in.policy);
  else
    check_policy(in.policy);
  resource.check_active(k.clock.now());
  co_await k.streams.update(resource.stream, [&](Stream& s) { resource.policy_of(s) = in.policy; });
  co_return Nothing{};
}

}  // namespace

extern const Operation kPutResourcePolicy;
const Operation kPutResourcePolicy =
    operation("PutResourcePolicy", kInput, kNothing, put_resource_policy).writes().on(tagged_of);

}  // namespace millrace::kinesis
