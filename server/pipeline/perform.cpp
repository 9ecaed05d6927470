// The service does what is asked for.
#include "server/pipeline/steps.h"

namespace millrace::steps {

asio::awaitable<void> perform(const PipelineParts&, Context& context) {
  context.answer =
      co_await (context.begun ? context.begun->handle() : context.service->handle(context.request));
}

}  // namespace millrace::steps
