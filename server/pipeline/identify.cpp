// Who asks. Signatures are not verified yet: the caller is whom the request names.
#include "api/core/authentication.h"
#include "server/pipeline/steps.h"

namespace millrace::steps {

void identify_caller(const PipelineParts& parts, Context& context) {
  if (context.plain) return;
  Request& request = context.request;
  request.caller = caller_of(credential_of(request.http), parts.default_region);
  request.caller.source = request.http.source;
  request.caller.listener = parts.listener;
}

}  // namespace millrace::steps
