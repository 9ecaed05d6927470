#include "api/core/aws_json.h"

#include "api/core/authentication.h"
#include "api/core/cbor.h"
#include "api/core/gzip.h"
#include "api/core/json.h"

namespace millrace {

namespace {

constexpr const char* kJson = "application/x-amz-json-1.1";
constexpr const char* kCbor = "application/x-amz-cbor-1.1";
constexpr const char* kOldJson = "application/json";

const Operation* find_operation(std::span<const Operation* const> table, std::string_view prefix,
                                std::string_view target) {
  if (!target.starts_with(prefix) || !target.substr(prefix.size()).starts_with('.')) return nullptr;
  const std::string_view name = target.substr(prefix.size() + 1);
  for (const Operation* op : table)
    if (op->name == name) return op;
  return nullptr;
}

bool names_service_and_operation(std::string_view target) {
  const std::size_t dot = target.find('.');
  return dot != 0 && dot != std::string_view::npos && dot + 1 < target.size();
}

std::string_view media_type(const HttpRequest& head) {
  std::string_view type = head.headers.get("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type;
}

// The forms that AWS answers before it knows a protocol.
ApiError xml_error(unsigned status, const std::string& code, const std::string& message) {
  std::string body = message.empty()
                         ? "<" + code + "/>\n"
                         : "<" + code + ">\n  <Message>" + message + "</Message>\n</" + code + ">\n";
  return ApiError(status, code, message).with_detail(std::move(body));
}
ApiError access_denied() {
  return xml_error(403, "AccessDeniedException",
                   "Unable to determine service/operation name to be authorized");
}
ApiError unknown_operation() { return {400, "UnknownOperationException", ""}; }

// What AWS answers to the type of its first JSON protocol, which knows none of these operations.
HttpResponse old_json_answer(std::string_view body) {
  const bool is_json = parse_json(body).is_structured();
  const std::string type = is_json ? "UnknownOperationException" : "SerializationException";
  OrderedJson answer;
  answer["Output"]["__type"] = "com.amazon.coral.service#" + type;
  answer["Output"][is_json ? "message" : "Message"] = nullptr;
  answer["Version"] = "1.0";
  HttpResponse response;
  response.headers.set("Content-Type", kOldJson);
  response.body = answer.dump();
  return response;
}

void decompress(std::string& body, std::uint64_t max_body) {
  std::string plain;
  switch (gunzip(body, max_body, plain)) {
    case Gunzip::done:
      body = std::move(plain);
      return;
    case Gunzip::too_large:
      throw xml_error(413, "RequestEntityTooLargeException", "");
    case Gunzip::malformed:
      throw serialization_error("");
  }
}

// A body that is none comes before a signature that is none, also where the body would be read later.
void check_form(const Operation& op, const Request& request, bool body_is_read) {
  try {
    check_authentication_form(request.http);
  } catch (const ApiError&) {
    if (!body_is_read) (void)parse_body(op.input, request);
    throw;
  }
}

}  // namespace

bool sends_cbor(const HttpRequest& head) { return media_type(head) == kCbor; }
bool sends_gzip(const HttpRequest& head) {
  return equals_ignoring_case(head.headers.get("content-encoding"), "gzip");
}

asio::awaitable<HttpResponse> handle_aws_json(std::span<const Operation* const> table, void* context,
                                              std::string_view prefix, std::uint64_t max_body,
                                              Request& request) {
  const std::string_view target = request.http.headers.get("x-amz-target");
  const std::string_view type = media_type(request.http);
  request.cbor = type == kCbor;
  if (request.http.method != "POST") throw access_denied();
  const Operation* const op = find_operation(table, prefix, target);
  if (op) request.operation = request.caller.operation = op->name;
  if (request.http.body.empty()) {
    request.cbor = type != kJson;
    throw op ? serialization_error("") : unknown_operation();
  }
  if (type == kOldJson) co_return old_json_answer(request.http.body);
  if (type != kJson && type != kCbor)
    throw names_service_and_operation(target) ? xml_error(404, "UnknownOperationException", "")
                                              : access_denied();

  if (sends_gzip(request.http)) decompress(request.http.body, max_body);
  std::optional<Json> object;
  const bool by_hand = op && (request.cbor ? op->cbor_by_hand : op->by_hand);
  if (!by_hand) object = parse_body(op ? op->input : Fields{}, request);
  if (!op) throw unknown_operation();
  check_form(*op, request, object.has_value());
  HttpResponse response = co_await op->run(*op, context, request, std::move(object));
  if (!response.headers.find("content-type"))
    response.headers.set("Content-Type", request.cbor ? kCbor : kJson);
  co_return response;
}

HttpResponse aws_json_error(const ApiError& e, bool cbor) {
  HttpResponse response;
  response.status = e.status();
  if (!e.detail().empty()) {
    response.body = e.detail();
    return response;
  }
  OrderedJson body;
  body["__type"] = e.code();
  if (!e.message().empty()) body[e.code() == "SerializationException" ? "Message" : "message"] = e.message();
  response.headers.set("Content-Type", cbor ? kCbor : kJson);
  response.headers.set("x-amzn-ErrorType", e.code());
  std::string text = body.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  // Through the text, since a message may quote bytes of the request that are no UTF-8.
  response.body = cbor ? to_cbor(OrderedJson::parse(text), {}) : std::move(text);
  return response;
}

}  // namespace millrace
