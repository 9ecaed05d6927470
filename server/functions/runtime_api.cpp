#include "server/functions/runtime_api.h"

#include "api/core/base64.h"
#include "server/functions/peer_user.h"
#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::string_view kBase = "/2018-06-01/runtime";
// Runtimes put whole stacks into a header (Lambda-Runtime-Function-XRay-Error-Cause, up to 1 MiB).
constexpr std::uint32_t kMaxHeadBytes = 2 << 20;
constexpr const char* kTooLarge = "Function.ResponseSizeTooLarge";
constexpr unsigned kMaxConnections = 8;

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

RuntimeApi::RuntimeApi(asio::io_context& context, std::optional<uid_t> user, std::function<void()> changed)
    : context_(context),
      budget_(context, 2 * kMaxResponseBytes),
      user_(user),
      changed_(std::move(changed)),
      limits_{kMaxHeadBytes, std::chrono::seconds(60)},
      acceptor_(context),
      event_came_(context, std::chrono::steady_clock::time_point::max()) {}

error_code RuntimeApi::listen() {
  error_code ec;
  const tcp::endpoint here(asio::ip::address_v4::loopback(), 0);
  acceptor_.open(here.protocol(), ec);
  if (!ec) acceptor_.bind(here, ec);
  if (!ec) acceptor_.listen(kMaxConnections, ec);
  if (ec) return ec;
  port_ = acceptor_.local_endpoint().port();
  ++running_;
  asio::co_spawn(context_, accept_loop(), asio::detached);
  return ec;
}

void RuntimeApi::close() {
  closing_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  event_came_.cancel();
  for (net::Connection* c : connections_) c->abort();
}

void RuntimeApi::enter(Phase phase) {
  phase_ = phase;
  changed_();
}

void RuntimeApi::dispatch(Event event) {
  assert(phase_ == Phase::ready);
  event_ = std::move(event);
  answer_ = {};
  phase_ = Phase::busy;
  event_came_.cancel();
}

asio::awaitable<void> RuntimeApi::accept_loop() {
  while (!closing_) {
    error_code ec;
    tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
    if (closing_) break;
    if (ec) {
      log::warning("runtime_api_accept_failed", {{"reason", ec.message()}});
      asio::steady_timer pause(context_, std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    if (connections_.size() >= kMaxConnections) continue;  // closes it
    if (user_ && peer_user(socket).value_or(*user_) != *user_) {
      log::warning("runtime_api_stranger", {{"port", port_}});
      continue;
    }
    ++running_;
    asio::co_spawn(context_, serve(std::move(socket)), asio::detached);
  }
  --running_;
  changed_();
}

asio::awaitable<void> RuntimeApi::serve(tcp::socket socket) {
  {
    net::Http1Connection connection(std::make_unique<net::Transport>(std::move(socket)), *this, budget_,
                                    limits_);
    const auto place = connections_.insert(connections_.end(), &connection);
    if (closing_) connection.abort();
    try {
      co_await connection.run();
    } catch (const std::exception& e) {
      log::error("runtime_api_failed", {{"reason", e.what()}});
    }
    connections_.erase(place);
  }
  --running_;
  changed_();
}

std::uint64_t RuntimeApi::max_body(const HttpRequest&) const { return kMaxResponseBytes; }

HttpResponse RuntimeApi::too_large(const HttpRequest& head) {
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

asio::awaitable<HttpResponse> RuntimeApi::handle(HttpRequest request) {
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

asio::awaitable<HttpResponse> RuntimeApi::next() {
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
HttpResponse RuntimeApi::invocation_post(const HttpRequest& request, std::string_view rest) {
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

HttpResponse RuntimeApi::init_error(HttpRequest request) {
  if (phase_ != Phase::starting) return invalid_transition();
  answer_ = {std::move(request.body), std::string(request.headers.get("Lambda-Runtime-Function-Error-Type")),
             true};
  enter(Phase::init_failed);
  return accepted();
}

void RuntimeApi::answer(Answer answer) {
  answer_ = std::move(answer);
  enter(Phase::answered);
}

}  // namespace millrace::functions
