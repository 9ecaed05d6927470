// GetResourcePolicy: the policy of a stream or consumer as it was put. Source: Kinesis API reference,
// GetResourcePolicy.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"

namespace millrace::kinesis {

namespace {

struct GetResourcePolicyInput {
  std::string arn;
};
constexpr auto kInput = shape<GetResourcePolicyInput>(
    field("ResourceARN", &GetResourcePolicyInput::arn, required, kResourceArn), kStreamId);

struct GetResourcePolicyOutput {
  std::string policy;
};
constexpr auto kOutput = shape<GetResourcePolicyOutput>(field("Policy", &GetResourcePolicyOutput::policy));

asio::awaitable<GetResourcePolicyOutput> get_resource_policy(Kinesis& k, const Caller& caller,
                                                             GetResourcePolicyInput in) {
  const Resource resource = find_resource(k, caller, in.arn);
  Stream stream = *resource.stream;
  const std::string& policy = resource.policy_of(stream);
  co_return GetResourcePolicyOutput{policy.empty() ? "{}" : policy};  // where none was put, AWS answers this
}

}  // namespace

extern const Operation kGetResourcePolicy;
const Operation kGetResourcePolicy =
    operation("GetResourcePolicy", kInput, kOutput, get_resource_policy).reads().on(tagged_of);

}  // namespace millrace::kinesis
