#include "api/lambda/shapes.h"

#include "api/core/arn.h"
#include "api/core/digest.h"

namespace millrace::lambda {

namespace {

constexpr const char* kBeingCreated = "The function is being created.";

void add_state(FunctionConfiguration& c, Phase phase) {
  switch (phase) {
    case Phase::listed:
      return;
    case Phase::created:
      c.state = "Pending";
      c.state_reason = kBeingCreated;
      c.state_reason_code = "Creating";
      return;
    case Phase::updated:
      c.state = "Active";
      c.update_status = "InProgress";
      c.update_reason = kBeingCreated;
      c.update_reason_code = "Creating";
      return;
    case Phase::settled:
      c.state = "Active";
      c.update_status = "Successful";
      return;
  }
}

}  // namespace

FunctionConfiguration describe(const Function& f, Phase phase, const std::string& qualifier) {
  FunctionConfiguration c;
  c.name = f.name;
  c.arn = qualifier.empty() ? f.arn() : f.arn() + ":" + qualifier;
  c.version = f.version;
  c.runtime = f.runtime;
  c.role = f.role;
  c.handler = f.handler;
  c.code_size = static_cast<std::int64_t>(f.code_bytes);
  c.description = f.description;
  c.timeout = static_cast<int>(f.timeout_s);
  c.memory = static_cast<int>(f.memory_mb);
  c.modified = iso_time(f.modified);
  c.code_sha256 = f.code_sha256;
  if (!f.dead_letter.empty()) c.dead_letter = DeadLetterConfig{f.dead_letter};
  if (f.environment) c.environment = EnvironmentOutput{*f.environment};
  c.revision = phase == Phase::created || phase == Phase::updated ? new_uuid() : f.revision;
  if (!f.layers.empty()) c.layers.emplace();
  for (const LayerUse& layer : f.layers)
    c.layers->push_back({layer.arn, static_cast<std::int64_t>(layer.code_bytes)});
  add_state(c, phase);
  c.ephemeral.size = static_cast<int>(f.ephemeral_mb);
  if (phase != Phase::listed)
    c.runtime_version =
        RuntimeVersionConfig{arn_of("lambda", f.region, "", "runtime:" + hex(sha256(f.runtime)))};
  c.logging.group = "/aws/lambda/" + f.name;
  return c;
}

}  // namespace millrace::lambda
