// The service's look at the head.
#include "server/pipeline/steps.h"

namespace millrace::steps {

void begin_service(const PipelineParts&, Context& context) {
  context.max_body = context.service->max_body();
  auto* const beginning = dynamic_cast<BeginningService*>(context.service);
  if (!beginning) return;
  context.begun = beginning->begin(context.request);
  context.max_body = context.begun->max_body();
}

}  // namespace millrace::steps
