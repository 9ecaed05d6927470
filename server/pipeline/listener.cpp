// What is served where the request came in.
#include "server/pipeline/refusal.h"
#include "server/pipeline/steps.h"

namespace millrace::steps {

void check_listener(const PipelineParts& parts, Context& context) {
  const Listener& listener = *context.listener;
  const HttpRequest& head = context.request.http;
  if (listener.services.empty()) return;
  // Probes of health are answered everywhere.
  const bool own_page = context.service == &parts.own_pages;
  const bool allowed = own_page ? head.path() != "/metrics" || listener.serves(kMetricsPage)
                                : listener.serves(context.service->name());
  if (allowed) return;
  context.request.operation = "(service not allowed)";
  throw access_refused(*context.service,
                       "The listener \"" + listener.name + "\" does not serve " +
                           (context.plain ? "this page" : std::string(context.service->name())) + ".");
}

}  // namespace millrace::steps
