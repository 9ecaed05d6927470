#include "server/pipeline/pipeline.h"

#include "api/core/authentication.h"
#include "api/core/aws_json.h"
#include "server/log.h"
#include "server/metrics/prometheus.h"
#include "server/pipeline/cors.h"
#include "server/pipeline/request_id.h"

namespace millrace {

namespace {

HttpResponse text_page(unsigned status, std::string text, const char* type = "text/plain") {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", type);
  response.body = std::move(text);
  return response;
}

// The server's own pages are asked for without a signature; a signed request for such a name is S3's.
bool is_own_page(const HttpRequest& r) {
  if (r.method != "GET" && r.method != "HEAD") return false;
  const std::string_view path = r.path();
  if (path != "/metrics" && path != "/health" && !path.starts_with("/health/")) return false;
  return !r.headers.find("authorization") && r.query().find("X-Amz-") == std::string_view::npos;
}

void set_ids(HttpResponse& response, const std::string& request_id) {
  response.headers.set("x-amzn-RequestId", request_id);
  response.headers.set("x-amz-request-id", request_id);
  response.headers.set("x-amz-id-2", new_extended_request_id());
}

void log_failure(const Request& request, const char* what) {
  log::error("request_failed", {{"request_id", request.id},
                                {"operation", request.operation},
                                {"account", request.caller.account},
                                {"reason", what}});
}

}  // namespace

Pipeline::Pipeline(Routes routes, Status& status, Admin& admin, Probes& probes, std::string default_region)
    : routes_(std::move(routes)),
      status_(status),
      admin_(admin),
      probes_(probes),
      default_region_(std::move(default_region)) {}

std::uint64_t Pipeline::max_body(const HttpRequest& head) const {
  if (is_own_page(head)) return 0;
  if (Admin::is_for(head)) return Admin::kMaxBody;
  return service_of(head).max_body();
}

HttpResponse Pipeline::too_large(const HttpRequest& head) {
  if (Admin::is_for(head)) return Admin::refusal(413, "The body is larger than 64 KiB.");
  return refuse(head, service_of(head).too_large(), "(too large)");
}

std::uint64_t Pipeline::answer_memory(const HttpRequest& head) const {
  return is_own_page(head) || Admin::is_for(head) ? 0 : service_of(head).answer_memory(head);
}

HttpResponse Pipeline::overloaded(const HttpRequest& head) {
  if (Admin::is_for(head)) return Admin::refusal(503, "Too much is being answered; try again.");
  return refuse(head,
                ApiError(503, "ServiceUnavailable", "Too many large requests are being answered; try again."),
                "(overloaded)");
}

const Service& Pipeline::service_of(const HttpRequest& head) const { return routes_.find(head); }

// Answers a request whose body was not read.
HttpResponse Pipeline::refuse(const HttpRequest& head, const ApiError& error, std::string_view why) {
  const Service& service = service_of(head);
  Request request;
  request.id = new_request_id();
  request.cbor = sends_cbor(head);
  OperationProbes& probes = probes_of(service.name(), why);
  (error.status() < 500 ? probes.client_errors : probes.server_errors).add();
  HttpResponse response = service.error(error, request);
  set_ids(response, request.id);
  if (head.headers.find("origin")) add_cors(response);
  return response;
}

// Each line's place has a reason.
asio::awaitable<HttpResponse> Pipeline::handle(HttpRequest http) {
  if (is_own_page(http)) co_return own_page(http);  // for probes and scrapers, who are no AWS clients
  if (Admin::is_for(http))
    co_return co_await admin_.handle(std::move(http));  // for tests; before browsers' pages are let in
  if (is_preflight(http))
    co_return answer_preflight(http,
                               new_request_id());  // unsigned and without a body: no service would take it
  const auto begin = std::chrono::steady_clock::now();  // what is measured includes all below
  Request request;
  request.id = new_request_id();  // before anything can fail, so that every answer has one
  request.caller = caller_of(credential_of(http), default_region_);
  Service& service = routes_.find(http);
  const bool cross_origin = http.headers.find("origin").has_value();
  request.http = std::move(http);
  HttpResponse response =
      co_await answer(service, request);  // never throws: what a service throws becomes its error

  set_ids(response, request.id);
  if (cross_origin) add_cors(response);
  OperationProbes& probes = probes_of(service.name(), request.operation);
  probes.seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  (response.status < 400   ? probes.ok
   : response.status < 500 ? probes.client_errors
                           : probes.server_errors)
      .add();
  co_return response;
}

// The one place where an exception becomes a response.
asio::awaitable<HttpResponse> Pipeline::answer(Service& service, Request& request) {
  try {
    co_return co_await service.handle(request);
  } catch (const ApiError& e) {
    if (log::enabled(log::Level::debug))
      log::debug("request_refused", {{"request_id", request.id},
                                     {"operation", request.operation},
                                     {"code", e.code()},
                                     {"message", e.message()}});
    co_return service.error(e, request);
  } catch (const StorageFailure& e) {
    // Said once, when it begins: by the watch over the disk, not by each request that meets it.
    if (e.code() == storage::Errc::read_only)
      co_return service.error(
          ApiError(503, "ServiceUnavailable",
                   "The server takes no writes now: its disk is full or broken. Reading works."),
          request);
    if (e.code() == storage::Errc::busy)
      co_return service.error(
          ApiError(503, "ServiceUnavailable", "Too much waits to be written to disk; try again."), request);
    log_failure(request, e.what());
  } catch (const std::exception& e) {
    log_failure(request, e.what());
  }
  co_return service.error(service.internal_failure(), request);
}

HttpResponse Pipeline::own_page(const HttpRequest& request) {
  if (request.path() == "/metrics") {
    status_.refresh_gauges();
    return text_page(200, prometheus_text(probes_), kPrometheusContentType);
  }
  if (request.path() == "/health/live") return text_page(200, "alive\n");
  const std::string trouble = status_.not_ready();
  if (request.path() != "/health/ready" && request.path() != "/health")
    return text_page(404, "no such page\n");
  return trouble.empty() ? text_page(200, "ready\n") : text_page(503, trouble + "\n");
}

Pipeline::OperationProbes& Pipeline::probes_of(std::string_view service, std::string_view operation) {
  // A copy a thread, so that counting needs no lock; names are of static storage.
  thread_local std::map<std::tuple<const Pipeline*, std::string_view, std::string_view>, OperationProbes>
      known;
  const auto key = std::tuple(this, service, operation);
  if (const auto it = known.find(key); it != known.end()) return it->second;
  const auto labels = [&](const char* outcome) {
    return Labels{
        {"operation", std::string(operation)}, {"outcome", outcome}, {"service", std::string(service)}};
  };
  const auto counter = [&](const char* outcome) -> Counter& {
    return probes_.counter("millrace_requests_total", "Requests answered", labels(outcome));
  };
  Histogram& seconds =
      probes_.histogram("millrace_request_seconds", "From the whole request to its answer",
                        {{"operation", std::string(operation)}, {"service", std::string(service)}},
                        exponential_bounds(0.0001, 2, 18));
  return known
      .emplace(key, OperationProbes{seconds, counter("ok"), counter("client_error"), counter("server_error")})
      .first->second;
}

}  // namespace millrace
