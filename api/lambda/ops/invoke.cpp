// Invoke: runs a function and answers with what it answered, or accepts the event to run it later.
// Source: Lambda API reference, Invoke.
#include "api/core/base64.h"
#include "api/core/json.h"
#include "api/lambda/errors.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct InvokeInput {
  std::string name;
  std::optional<std::string> qualifier, type, log_type, client_context;
  Blob payload;
};
using In = InvokeInput;
constexpr auto kInput = shape<In>(
    field("FunctionName", &In::name, in_path, kNamespacedFunctionName),
    field("X-Amz-Invocation-Type", &In::type, in_header, called("invocationType"),
          one_of<"Event", "RequestResponse", "DryRun">),
    field("X-Amz-Log-Type", &In::log_type, in_header, called("logType"), one_of<"None", "Tail">),
    field("X-Amz-Client-Context", &In::client_context, in_header, called("clientContext")),
    field("Qualifier", &In::qualifier, in_query, kQualifier), field("Payload", &In::payload, in_payload),
    refused("X-Amz-Durable-Execution-Name", "there are no durable functions", in_header),
    refused("X-Amz-Tenant-Id", "functions have no tenants", in_header));

struct InvokeOutput {
  int status = 200;
  std::optional<std::string> function_error, log_result, executed_version;
  Blob payload;
};
using Out = InvokeOutput;
constexpr auto kOutput = shape<Out>(field("StatusCode", &Out::status, in_status),
                                    field("X-Amz-Function-Error", &Out::function_error, in_header),
                                    field("X-Amz-Log-Result", &Out::log_result, in_header),
                                    field("X-Amz-Executed-Version", &Out::executed_version, in_header),
                                    field("Payload", &Out::payload, in_payload));

constexpr std::size_t kMaxClientContextBytes = 3583;

void check_payload(std::string& payload, const std::string& type) {
  const std::size_t limit = type == "Event" ? kMaxEventBytes : kMaxPayloadBytes;
  if (payload.size() > limit) throw payload_too_large(payload.size(), type, limit);
  if (payload.empty()) payload = "{}";
  if (const auto trouble = json_trouble(payload)) throw payload_is_no_json(*trouble);
}

// The JSON as it goes into a header field of the function's runtime: ASCII, without line breaks.
std::string client_context_of(const std::string& encoded) {
  const std::optional<std::string> text = base64_decode(encoded);
  const Json value = text ? parse_json(*text) : Json();
  if (!value.is_object() || encoded.size() > kMaxClientContextBytes) throw client_context_unusable();
  return value.dump(-1, ' ', true);
}

ApiError error_of(const NotRun& reason) {
  switch (reason.why) {
    case NotRun::Why::reserved:
      return reserved_concurrency_reached();
    case NotRun::Why::throttled:
      return throttled();
    case NotRun::Why::code:
      return code_unusable(reason.detail);
    case NotRun::Why::refused:
      return isolation_unavailable(reason.detail);
    case NotRun::Why::internal:
      break;
  }
  return not_run();
}

asio::awaitable<Out> run_now(Lambda& l, FunctionPtr function, In in, const Request& request,
                             std::string arn) {
  InvokeContext context;
  context.function_arn = std::move(arn);
  context.request_id = request.id;  // the answer and the function's log say the same
  if (in.client_context) context.client_context = client_context_of(*in.client_context);
  const std::string version = function->version;
  auto result = co_await run_function(l.functions, l.runner, std::move(function), std::move(in.payload.bytes),
                                      std::move(context));
  if (result.has_error()) throw error_of(result.error());
  Out out;
  out.executed_version = version;
  out.function_error = std::move(result->function_error);
  if (in.log_type == "Tail") out.log_result = base64_encode(result->log_tail);
  out.payload.bytes = std::move(result->payload);
  co_return out;
}

asio::awaitable<Out> invoke(Lambda& l, Request& request, In in) {
  Target target = target_of(request.caller, "InvokeFunction", in.name, in.qualifier);
  const std::string arn = target.arn(), qualifier = target.qualifier.value_or(kLatest);
  target.qualifier = qualifier;
  FunctionPtr function = l.functions.choose(target.account, target.region, target.name, qualifier);
  if (!function) throw function_not_found(target.arn());
  const std::string type = in.type.value_or("RequestResponse");
  check_payload(in.payload.bytes, type);
  Out out;
  if (type == "RequestResponse")
    co_return co_await run_now(l, std::move(function), std::move(in), request, arn);
  out.status = type == "Event" ? 202 : 204;
  if (type == "Event")
    co_await l.events.accept(std::move(function), qualifier, request.id, std::move(in.payload.bytes));
  co_return out;
}

}  // namespace

extern const Operation kInvoke;
const Operation kInvoke = operation("Invoke", kInput, kOutput, invoke)
                              .http("POST", "/2015-03-31/functions/{FunctionName}/invocations")
                              .writes()
                              .on(function_of, "lambda:InvokeFunction");

}  // namespace millrace::lambda
