// GetEventSourceMapping: a mapping and how it gets on. Source: Lambda API reference, GetEventSourceMapping.
#include "api/lambda/mappings/mapping_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct GetEventSourceMappingInput {
  std::string uuid;
};
constexpr auto kInput =
    shape<GetEventSourceMappingInput>(field("UUID", &GetEventSourceMappingInput::uuid, required, in_path));

asio::awaitable<MappingOutput> get_event_source_mapping(Lambda& lambda, const Caller& caller,
                                                        GetEventSourceMappingInput in) {
  const MappingPtr mapping = mapping_named(lambda, caller, in.uuid);
  co_return describe(*mapping, lambda.mappings.progress(in.uuid));
}

}  // namespace

extern const Operation kGetEventSourceMapping;
const Operation kGetEventSourceMapping =
    operation("GetEventSourceMapping", kInput, kMapping, get_event_source_mapping)
        .http("GET", "/2015-03-31/event-source-mappings/{UUID}")
        .reads()
        .on(mapping_of);

}  // namespace millrace::lambda
