// The resources of Kinesis' operations, out of their inputs.
#pragma once

#include "api/core/access.h"

namespace millrace::kinesis {

// StreamName or StreamARN.
[[nodiscard]] std::vector<Resource> stream_of(void* service, const InputView& input, const Principal& caller);
// ResourceARN: a stream or a consumer.
[[nodiscard]] std::vector<Resource> tagged_of(void* service, const InputView& input, const Principal& caller);
// ConsumerARN, or StreamARN and ConsumerName.
[[nodiscard]] std::vector<Resource> consumer_of(void* service, const InputView& input,
                                                const Principal& caller);
// The stream whose records the ShardIterator is for.
[[nodiscard]] std::vector<Resource> iterated_of(void* service, const InputView& input,
                                                const Principal& caller);
// The stream that a token or a name means: ListShards takes either.
[[nodiscard]] std::vector<Resource> listed_of(void* service, const InputView& input, const Principal& caller);

}  // namespace millrace::kinesis
