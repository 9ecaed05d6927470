// What a function's runtime sends to the Runtime API: any bytes, as the requests that a connection makes of
// them. The first byte says whether the runtime is starting or has an event.
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "api/core/json.h"
#include "api/lambda/invocation.h"
#include "api/lambda/mappings/batch.h"
#include "api/lambda/urls/function_url.h"
#include "server/functions/workers/runtime_calls.h"
#include "server/net/request_parser.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace millrace;
using functions::RuntimeCalls;
using Phase = RuntimeCalls::Phase;

constexpr std::uint32_t kMaxHead = 16384;

class Runtime {
 public:
  // The answer, unless the call waits for work.
  std::optional<HttpResponse> call(HttpRequest request) {
    const auto response = std::make_shared<std::optional<HttpResponse>>();
    boost::asio::co_spawn(context_, calls.handle(std::move(request)),
                          [response](const std::exception_ptr& failure, HttpResponse r) {
                            fuzz::expect(!failure, "a call does not throw");
                            *response = std::move(r);
                          });
    context_.poll();
    context_.restart();
    return std::move(*response);
  }
  void take_event() {
    HttpRequest next;
    next.method = "GET";
    next.target = "/2018-06-01/runtime/invocation/next";
    fuzz::expect(!call(std::move(next)), "it waits");
    functions::Event event;
    event.request_id = "id";
    event.payload = "{}";
    calls.dispatch(std::move(event));
    context_.poll();
    context_.restart();
  }
  ~Runtime() {
    calls.close();
    context_.poll();
  }

 private:
  boost::asio::io_context context_{1};

 public:
  RuntimeCalls calls{context_, [] {}};
};

// What the server makes of an answer, whoever invoked the function.
void use(const functions::Answer& answer) {
  (void)lambda::error_message_of(answer.payload);
  (void)lambda::read_batch_answer(answer.payload, {});
  (void)lambda::read_window_answer(answer.payload);
  const HttpResponse response = lambda::url_response(answer.payload);
  fuzz::expect(response.status >= 200 && response.status <= 599, "a URL's answer has a status");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  Runtime runtime;
  if (data[0] & 1) runtime.take_event();
  boost::beast::flat_buffer buffer;
  buffer.commit(boost::asio::buffer_copy(buffer.prepare(size - 1), boost::asio::buffer(data + 1, size - 1)));
  while (buffer.size() > 0) {
    net::RequestParser parser(kMaxHead);
    parser.max_body = 2000;  // as the API's own limit, which no input reaches
    boost::system::error_code ec;
    buffer.consume(parser.put(buffer.data(), ec));
    if (ec || !parser.is_header_done()) return 0;
    fuzz::expect(runtime.calls.max_body(parser.request) == functions::kMaxResponseBytes, "there is a limit");
    parser.eager(true);
    if (!parser.is_done()) {
      buffer.consume(parser.put(buffer.data(), ec));
      if (ec && !parser.body_too_large) return 0;
    }
    std::optional<HttpResponse> response;
    if (parser.body_too_large)
      response = runtime.calls.too_large(parser.request);
    else if (parser.is_done())
      response = runtime.call(std::move(parser.request));
    if (!response) return 0;  // it waits for work, or for more of the body
    fuzz::expect(response->status == 200 || response->status == 202 ||
                     (response->status >= 400 && response->status < 500),
                 "a call is taken or refused");
    const auto* body = std::get_if<std::string>(&response->body);
    fuzz::expect(body && (is_json(*body) || *body == "pong"), "in JSON");
    if (runtime.calls.phase() == Phase::answered || runtime.calls.phase() == Phase::init_failed)
      use(runtime.calls.take_answer());
    if (parser.body_too_large) return 0;
  }
  return 0;
}
