// The way of a request between the socket and its service, as a list of steps. A step takes the request's
// context, and returns or throws what ends the request; it knows no other step.
#pragma once

#include <span>

#include "server/pipeline/context.h"

namespace millrace {

enum class Phase {
  head,    // of the head alone, before anything of the body is read; waits for nothing
  body,    // with the body
  answer,  // of what goes out, whatever it is; never throws
};

using Step = void(const PipelineParts& parts, Context& context);
using WaitingStep = asio::awaitable<void>(const PipelineParts& parts, Context& context);

struct PipelineStep {
  Phase phase;
  const char* name;
  Step* step;            // nullptr in the phase `body`,
  WaitingStep* waiting;  // which has these
  const char* reason;    // why it stands where it stands
};

// All steps in their order, phase by phase. The order is behaviour: clients see which error comes first.
[[nodiscard]] std::span<const PipelineStep> steps_of(Phase phase);

}  // namespace millrace
