// DescribeKey. Source: KMS API reference.
#include "api/kms/key_metadata.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

constexpr auto kInput = shape<KeyInput>(field("KeyId", &KeyInput::key, required, kKeyId), kGrantTokens);

struct DescribeKeyOutput {
  KeyMetadata metadata;
};
using Out = DescribeKeyOutput;
constexpr auto kOutput = shape<Out>(field("KeyMetadata", &Out::metadata, kKeyMetadata));

asio::awaitable<Out> describe_key(Kms& k, const Caller& caller, KeyInput in) {
  const FoundKey found = co_await find_key(k, caller, std::move(in.key));
  co_return Out{metadata_of(*found.row)};
}

}  // namespace

extern const Operation kDescribeKey;
const Operation kDescribeKey =
    operation("DescribeKey", kInput, kOutput, describe_key).reads().on(key_of_input);

}  // namespace millrace::kms
