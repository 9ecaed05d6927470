#include "api/core/aws_json.h"

#include "api/core/authentication.h"

namespace millrace {

namespace {

const Operation* find_operation(std::span<const Operation* const> table, std::string_view name) {
  for (const Operation* op : table)
    if (op->name == name) return op;
  return nullptr;
}

std::string_view media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return content_type;
}

// The forms that AWS answers before it knows a protocol.
ApiError xml_error(unsigned status, const std::string& code, const std::string& message) {
  std::string body = message.empty()
                         ? "<" + code + "/>\n"
                         : "<" + code + ">\n  <Message>" + message + "</Message>\n</" + code + ">\n";
  return ApiError(status, code, message).with_detail(std::move(body));
}

}  // namespace

asio::awaitable<HttpResponse> handle_aws_json(std::span<const Operation* const> table, void* context,
                                              std::string_view prefix, Request& request) {
  const std::string_view target = request.http.headers.get("x-amz-target");
  const bool json = media_type(request.http.headers.get("content-type")) == "application/x-amz-json-1.1";
  if (request.http.method != "POST" || (!json && target.empty()))
    throw xml_error(403, "AccessDeniedException",
                    "Unable to determine service/operation name to be authorized");
  if (!json) throw xml_error(404, "UnknownOperationException", "");

  const Operation* op = nullptr;
  if (target.starts_with(prefix) && target.substr(prefix.size()).starts_with('.'))
    op = find_operation(table, target.substr(prefix.size() + 1));
  if (op) request.operation = request.caller.operation = op->name;
  if (request.http.body.empty()) {
    if (op) throw serialization_error("");
    throw ApiError(400, "UnknownOperationException", "");
  }

  std::optional<Json> object;
  if (!op || !op->by_hand) object = parse_object(request.http.body);
  if (!op) throw ApiError(400, "UnknownOperationException", "");
  check_authentication_form(request.http);
  co_return co_await op->run(*op, context, request, std::move(object));
}

HttpResponse aws_json_error(const ApiError& e) {
  HttpResponse response;
  response.status = e.status();
  if (!e.detail().empty()) {
    response.body = e.detail();
    return response;
  }
  OrderedJson body;
  body["__type"] = e.code();
  if (!e.message().empty()) body[e.code() == "SerializationException" ? "Message" : "message"] = e.message();
  response.headers.set("Content-Type", "application/x-amz-json-1.1");
  response.headers.set("x-amzn-ErrorType", e.code());
  response.body = body.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  return response;
}

}  // namespace millrace
