// DeleteEventSourceMapping: the mapping reads no more; it is gone, with its checkpoints, once what it runs
// has ended. Source: Lambda API reference, DeleteEventSourceMapping.
#include "api/lambda/mappings/mapping_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct DeleteEventSourceMappingInput {
  std::string uuid;
};
constexpr auto kInput = shape<DeleteEventSourceMappingInput>(
    field("UUID", &DeleteEventSourceMappingInput::uuid, required, in_path));

void mark_deleting(Mapping& mapping) { mapping.deleting = true; }

asio::awaitable<MappingOutput> delete_event_source_mapping(Lambda& lambda, const Caller& caller,
                                                           DeleteEventSourceMappingInput in) {
  const std::string uuid = mapping_named(lambda, caller, in.uuid)->uuid;
  const MappingProgress progress = lambda.mappings.progress(uuid);
  const MappingPtr mapping = co_await lambda.mappings.update(uuid, mark_deleting);
  lambda.mapping_parts.control.changed(uuid);
  co_return describe(*mapping, progress);
}

}  // namespace

extern const Operation kDeleteEventSourceMapping;
const Operation kDeleteEventSourceMapping =
    operation("DeleteEventSourceMapping", kInput, kMapping, delete_event_source_mapping)
        .http("DELETE", "/2015-03-31/event-source-mappings/{UUID}", 202)
        .writes()
        .on(mapping_of);

}  // namespace millrace::lambda
