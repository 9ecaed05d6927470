// DeleteResourcePolicy: the account that owns a stream or consumer has it to itself again. Source: Kinesis
// API reference, DeleteResourcePolicy.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"

namespace millrace::kinesis {

namespace {

struct DeleteResourcePolicyInput {
  std::string arn;
};
constexpr auto kInput = shape<DeleteResourcePolicyInput>(
    field("ResourceARN", &DeleteResourcePolicyInput::arn, required, kResourceArn), kStreamId);

asio::awaitable<Nothing> delete_resource_policy(Kinesis& k, const Caller& caller,
                                                DeleteResourcePolicyInput in) {
  const Resource resource = find_resource(k, caller, in.arn);
  resource.check_active(k.clock.now());
  co_await k.streams.update(resource.stream, [&](Stream& s) {
    if (resource.policy_of(s).empty()) throw policy_not_found(in.arn);
    resource.policy_of(s).clear();
  });
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteResourcePolicy;
const Operation kDeleteResourcePolicy =
    operation("DeleteResourcePolicy", kInput, kNothing, delete_resource_policy).writes().on(tagged_of);

}  // namespace millrace::kinesis
