// Who sends the request. Without an authenticator, signatures are not verified, and the caller is whom the
// request names.
#include "api/core/authentication.h"
#include "server/pipeline/steps.h"

namespace millrace::steps {

void identify_caller(const PipelineParts& parts, Context& context) {
  if (context.plain) return;
  Request& request = context.request;
  if (parts.authenticator) {
    context.unverified = parts.authenticator->identify(request, *context.service);
    request.authorizer = parts.authorizer;
  } else {
    request.caller = caller_of(credential_of(request.http), parts.default_region);
  }
  request.caller.source = request.http.source;
  request.caller.listener = context.listener->name;
}

}  // namespace millrace::steps
