#include "api/kinesis/resources.h"

#include "api/kinesis/iterator.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

Resource stream_named(const Principal& caller, std::string_view name) {
  return {"kinesis", caller.region, caller.account, "stream", std::string(name)};
}

std::vector<Resource> by_arn(std::optional<std::string_view> arn) {
  if (arn)
    if (auto resource = resource_of_arn(*arn)) return {std::move(*resource)};
  return {};
}

}  // namespace

std::vector<Resource> stream_of(void*, const InputView& input, const Principal& caller) {
  if (const auto arn = input.text("StreamARN")) return by_arn(arn);
  if (const auto name = input.text("StreamName")) return {stream_named(caller, *name)};
  return {};
}

std::vector<Resource> tagged_of(void*, const InputView& input, const Principal&) {
  return by_arn(input.text("ResourceARN"));
}

std::vector<Resource> consumer_of(void* service, const InputView& input, const Principal&) {
  if (const auto arn = input.text("ConsumerARN")) return by_arn(arn);
  const auto name = input.text("ConsumerName");
  const auto stream = input.text("StreamARN");
  if (!name || !stream) return {};
  const auto& k = *static_cast<const Kinesis*>(service);
  const auto place = parse_stream_arn(*stream);
  const StreamPtr found = place ? k.streams.find(place->account, place->region, place->name) : nullptr;
  const Consumer* const consumer = found ? found->find_consumer(std::string(*name)) : nullptr;
  if (consumer) return by_arn(found->arn_of(*consumer));
  return by_arn(std::string(*stream) + "/consumer/" + std::string(*name));  // the operation rejects it
}

std::vector<Resource> iterated_of(void* service, const InputView& input, const Principal& caller) {
  const auto& k = *static_cast<const Kinesis*>(service);
  if (const auto text = input.text("ShardIterator"))
    if (const auto iterator = open_iterator(k.streams.seal(), *text))
      return {{"kinesis", caller.region, iterator->account, "stream", iterator->stream_name}};
  return {};
}

std::vector<Resource> listed_of(void* service, const InputView& input, const Principal& caller) {
  if (auto named = stream_of(service, input, caller); !named.empty()) return named;
  return {Resource{}};  // a token is opened by the operation, which knows its form
}

}  // namespace millrace::kinesis
