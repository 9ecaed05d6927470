#include "api/core/operation.h"

#include "api/core/protocols/codec.h"
#include "api/core/validate.h"

namespace millrace {

namespace {

OrderedJson recode(AnyShape shape, void* value, const Json& document) {
  decode(shape, value, document);
  return encode(shape, value);
}

}  // namespace

void decode_input(const Operation& op, Call& call, const Json& document, PrintValues print) {
  check_types(op.input, document);
  check_constraints(op.input, document, print);
  call.clear_input();
  decode(op.input, call.input(), document);
}

HttpResponse answer_of(const Operation& op, Call& call, const Request& request) {
  HttpResponse response;
  if (call.finish(response)) return response;
  std::string body;
  if (call.encode(request.protocol, body)) {
    response.body = std::move(body);
    return response;
  }
  MemoryHold held = std::move(response.held);
  std::string* const payload = payload_of(op.output, call.output());
  if (payload) body = std::move(*payload);
  response = codec_of(request.protocol).write(op, encode(op.output, call.output()), request);
  if (payload) response.body = std::move(body);
  response.held = std::move(held);
  return response;
}

asio::awaitable<void> check_access(const Operation& op, Call& call, void* service, const Request& request) {
  const InputView input(op.input, call.input());
  const std::vector<Demand> demands = demands_of(*request.model, op, service, input, request.caller);
  co_await request.authorizer->authorize(request, op, input, demands);
}

asio::awaitable<HttpResponse> Operation::run(void* service, Request& request,
                                             std::optional<Json> document) const {
  const std::unique_ptr<Call> call = begin(*this);
  if (document || !call->decode(request.protocol, request.http.body)) {
    if (!document) document = codec_of(request.protocol).parse(*this, request);
    const bool print = !request.model || request.model->prints_values;
    decode_input(*this, *call, *document, print ? PrintValues::yes : PrintValues::no);
    document.reset();
  }
  if (std::string* payload = payload_of(input, call->input())) *payload = std::move(request.http.body);
  if (request.authorizer) co_await check_access(*this, *call, service, request);
  if (admission && admission->admits(service)) {
    const TextMembers members = [&](std::string_view member) {
      return text_of(input, call->input(), member);
    };
    co_await admission->admit(service, *this, request.caller, members);
  }
  co_await call->run(service, request);
  co_return answer_of(*this, *call, request);
}

OrderedJson Operation::recode_input(const Json& document) const {
  const std::unique_ptr<Call> call = begin(*this);
  return recode(input, call->input(), document);
}
OrderedJson Operation::recode_output(const Json& document) const {
  const std::unique_ptr<Call> call = begin(*this);
  return recode(output, call->output(), document);
}

}  // namespace millrace
