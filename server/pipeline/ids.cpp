// The ids by which a request is found, in its answer and in the log.
#include "server/pipeline/steps.h"
#include "server/request_id.h"

namespace millrace::steps {

void give_id(const PipelineParts&, Context& context) { context.request.id = new_request_id(); }

void add_ids(const PipelineParts&, Context& context) {
  if (context.plain) return;
  Headers& headers = context.answer->headers;
  headers.set("x-amzn-RequestId", context.request.id);
  headers.set("x-amz-request-id", context.request.id);
  headers.set("x-amz-id-2", new_extended_request_id());
}

}  // namespace millrace::steps
