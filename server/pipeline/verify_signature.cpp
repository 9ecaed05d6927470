// Verifies a signature that covers the body.
#include "server/pipeline/steps.h"

namespace millrace::steps {

asio::awaitable<void> verify_signature(const PipelineParts& parts, Context& context) {
  if (!context.unverified) co_return;
  parts.authenticator->verify(*context.unverified, context.request, *context.service);
  context.unverified.reset();
}

}  // namespace millrace::steps
