#include "server/functions/workers/runtime_calls.h"

#include "api/core/base64.h"

namespace millrace::functions {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::string_view kBase = "/2018-06-01/runtime";
constexpr const char* kTooLarge = "Function.ResponseSizeTooLarge";

HttpResponse json(unsigned status, const nlohmann::json& body) {
  HttpResponse r;
  r.status = status;
  r.headers.add("Content-Type", "application/json");
  r.body = body.dump();
  return r;
}

HttpResponse accepted() { return json(202, {{"status", "OK"}}); }

HttpResponse refusal(unsigned status, const char* type, const char* message) {
  return json(status, {{"errorMessage", message}, {"errorType", type}});
}

HttpResponse invalid_transition() {
  return refusal(403, "InvalidStateTransition", "State transition is not allowed");
}

}  // namespace

void RuntimeCalls::close() {
  closing_ = true;
  event_came_.cancel();
}

void RuntimeCalls::enter(Phase phase) {
  phase_ = phase;
  changed_();
}

void RuntimeCalls::dispatch(Event event) {
  assert(phase_ == Phase::ready);
  event_ = std::move(event);
  answer_ = {};
  phase_ = Phase::busy;
  event_came_.cancel();
}

HttpResponse RuntimeCalls::too_large(const HttpRequest& head) {
  const std::string message =
      "payload size exceeded maximum allowed payload size (" + std::to_string(kMaxResponseBytes) + " bytes).";
  const nlohmann::ordered_json error = {{"errorMessage", "Response " + message}, {"errorType", kTooLarge}};
  const std::string call = std::string(kBase) + "/invocation/" + event_.request_id;
  if (phase_ == Phase::busy && (head.path() == call + "/response" || head.path() == call + "/error")) {
    answer({error.dump(), kTooLarge, true});
  } else if (phase_ == Phase::starting && head.path() == std::string(kBase) + "/init/error") {
    answer_ = {error.dump(), kTooLarge, true};
    enter(Phase::init_failed);
  }
  return json(
      413, {{"errorMessage", "Exceeded maximum allowed " + message}, {"errorType", "RequestEntityTooLarge"}});
}

asio::awaitable<HttpResponse> RuntimeCalls::handle(HttpRequest request) {
  std::string_view path = request.path();
  const bool get = request.method == "GET", post = request.method == "POST";
  if (get && path == "/2018-06-01/ping") {
    HttpResponse pong;
    pong.body = "pong";
    co_return pong;
  }
  if (path.starts_with(kBase)) {
    path.remove_prefix(kBase.size());
    if (get && path == "/invocation/next") co_return co_await next();
    if (post && path == "/init/error") co_return init_error(std::move(request));
    constexpr std::string_view kInvocation = "/invocation/";
    if (post && path.starts_with(kInvocation))
      co_return invocation_post(request, path.substr(kInvocation.size()));
  }
  co_return refusal(404, "NotFound", "No such call of the Runtime API");
}

asio::awaitable<HttpResponse> RuntimeCalls::next() {
  if (phase_ == Phase::busy || phase_ == Phase::init_failed) co_return invalid_transition();
  const std::uint64_t poll = ++polls_;
  event_came_.cancel();  // an older poll's client went away
  if (phase_ != Phase::ready) enter(Phase::ready);
  error_code ignored;
  while (phase_ == Phase::ready && poll == polls_ && !closing_)
    co_await event_came_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (poll != polls_ || closing_ || phase_ != Phase::busy) co_return invalid_transition();
  HttpResponse r;
  r.headers.add("Content-Type", "application/json");
  r.headers.add("Lambda-Runtime-Aws-Request-Id", event_.request_id);
  r.headers.add("Lambda-Runtime-Deadline-Ms", std::to_string(event_.deadline_ms));
  r.headers.add("Lambda-Runtime-Invoked-Function-Arn", event_.function_arn);
  r.headers.add("Lambda-Runtime-Trace-Id", event_.trace_id);
  if (!event_.client_context.empty()) r.headers.add("Lambda-Runtime-Client-Context", event_.client_context);
  r.body = std::exchange(event_.payload, {});
  co_return r;
}

// "<request id>/response" or "<request id>/error".
HttpResponse RuntimeCalls::invocation_post(const HttpRequest& request, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view what = slash == rest.npos ? "" : rest.substr(slash + 1);
  if (what != "response" && what != "error")
    return refusal(404, "NotFound", "No such call of the Runtime API");
  if (rest.substr(0, slash) != event_.request_id || event_.request_id.empty())
    return refusal(400, "InvalidRequestID", "Invalid request ID");
  if (phase_ != Phase::busy) return invalid_transition();
  const std::string_view mode = request.headers.get("Lambda-Runtime-Function-Response-Mode");
  if (!mode.empty() && !equals_ignoring_case(mode, "streaming")) {
    answer({R"({"errorMessage":"Invalid response mode","errorType":"Runtime.InvalidResponseModeHeader"})",
            "Runtime.InvalidResponseModeHeader", true});
    return refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode");
  }
  Answer a{request.body, std::string(request.headers.get("Lambda-Runtime-Function-Error-Type")), false};
  a.failed = what == "error" || !a.error_type.empty();
  // A streamed answer that broke off brings its error in a trailer.
  if (what == "response" && a.failed)
    a.payload =
        base64_decode(request.headers.get("Lambda-Runtime-Function-Error-Body")).value_or(std::string());
  if (a.failed && a.payload.empty())
    a.payload = nlohmann::ordered_json{{"errorMessage", "Unknown"}, {"errorType", "Runtime.Unknown"}}.dump();
  answer(std::move(a));
  return accepted();
}

HttpResponse RuntimeCalls::init_error(HttpRequest request) {
  if (phase_ != Phase::starting) return invalid_transition();
  answer_ = {std::move(request.body), std::string(request.headers.get("Lambda-Runtime-Function-Error-Type")),
             true};
  enter(Phase::init_failed);
  return accepted();
}

void RuntimeCalls::answer(Answer answer) {
  answer_ = std::move(answer);
  enter(Phase::answered);
}

}  // namespace millrace::functions
