#include "api/core/protocols/aws_json.h"

#include "api/core/authentication.h"
#include "api/core/cbor.h"
#include "api/core/json.h"
#include "api/core/protocols/codec.h"
#include "api/core/validate.h"

namespace millrace {

namespace {

constexpr const char* kJson10 = "application/x-amz-json-1.0";
constexpr const char* kJson11 = "application/x-amz-json-1.1";
constexpr const char* kCbor = "application/x-amz-cbor-1.1";
constexpr const char* kOldJson = "application/json";

const Operation* operation_of(const ServiceModel& model, std::string_view target) {
  const std::string_view prefix = model.target;
  if (!target.starts_with(prefix) || !target.substr(prefix.size()).starts_with('.')) return nullptr;
  return operation_named(model, target.substr(prefix.size() + 1));
}

bool names_service_and_operation(std::string_view target) {
  const std::size_t dot = target.find('.');
  return dot != 0 && dot != std::string_view::npos && dot + 1 < target.size();
}

// DynamoDB takes the type of the first JSON protocol for its own (dynalite, test/listTables.js).
bool takes_old_json(const ServiceModel& model) {
  return model.speaks(Protocol::json_1_0) && !model.speaks(Protocol::json_1_1);
}

std::optional<Protocol> protocol_of_type(const ServiceModel& model, std::string_view type) {
  for (const Protocol p : {Protocol::json_1_1, Protocol::json_1_0, Protocol::cbor_1_1})
    if (model.speaks(p) && type == codec_of(p).content_type()) return p;
  if (type == kOldJson && takes_old_json(model)) return Protocol::json_1_0;
  return std::nullopt;
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

// What AWS answers otherwise to the type of its first JSON protocol, which knows none of these operations
// (kinesalite, test/connection.js).
HttpResponse old_json_answer(std::string_view body) {
  const bool is_json = parse_json(body).is_structured();
  const std::string type = is_json ? "UnknownOperationException" : "SerializationException";
  OrderedJson answer;
  answer["Output"]["__type"] = "com.amazon.coral.service#" + type;
  answer["Version"] = "1.0";
  HttpResponse response;
  response.status = is_json ? 404 : 400;
  response.headers.set("Content-Type", kOldJson);
  response.body = answer.dump();
  return response;
}

// An unparsable body is reported before a malformed signature, also where the body would be read later.
void check_form(const Operation& op, const Request& request, bool body_is_read) {
  try {
    check_authentication_form(request.http);
  } catch (const ApiError&) {
    if (!body_is_read) (void)codec_of(request.protocol).parse(op, request);
    throw;
  }
}

// What JSON and CBOR have in common.
class AwsJsonCodec : public Codec {
 public:
  explicit AwsJsonCodec(const char* content_type) : content_type_(content_type) {}

  [[nodiscard]] HttpResponse write(const Operation& op, OrderedJson output, const Request&) const override {
    HttpResponse response;
    if (put_outside_body(response, output, op)) response.body = text_of_document(output, op.output);
    return response;
  }
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override {
    HttpResponse response;
    const OrderedJson body = error_document(e, request, response);
    if (!e.detail().empty()) {
      response.body = e.detail();
      return response;
    }
    response.headers.set("Content-Type", content_type_);
    response.headers.set("x-amzn-ErrorType", e.code());
    response.body = text_of_document(body, {});
    return response;
  }
  [[nodiscard]] const char* content_type() const override { return content_type_; }

 protected:
  [[nodiscard]] virtual std::string text_of_document(const OrderedJson& document, Fields fields) const = 0;

 private:
  const char* const content_type_;
};

class JsonCodec final : public AwsJsonCodec {
 public:
  using AwsJsonCodec::AwsJsonCodec;
  [[nodiscard]] Json parse(const Operation&, const Request& request) const override {
    return parse_object(request.http.body);
  }

 protected:
  [[nodiscard]] std::string text_of_document(const OrderedJson& document, Fields) const override {
    return dumped(document);
  }
};

class CborCodec final : public AwsJsonCodec {
 public:
  using AwsJsonCodec::AwsJsonCodec;
  [[nodiscard]] Json parse(const Operation& op, const Request& request) const override {
    return parse_cbor_object(op.input, request.http.body);
  }

 protected:
  [[nodiscard]] std::string text_of_document(const OrderedJson& document, Fields fields) const override {
    return to_cbor(document, fields);
  }
};

}  // namespace

const Codec& json_codec(Protocol protocol) {
  static const JsonCodec k10(kJson10), k11(kJson11);
  return protocol == Protocol::json_1_0 ? k10 : k11;
}

const Codec& cbor_codec() {
  static const CborCodec kCodec(kCbor);
  return kCodec;
}

Protocol aws_json_protocol(const ServiceModel& model, const HttpRequest& head) {
  if (const auto protocol = protocol_of_type(model, media_type(head))) return *protocol;
  return model.speaks(Protocol::json_1_1) ? Protocol::json_1_1 : Protocol::json_1_0;
}

bool sends_gzip(const HttpRequest& head) {
  return equals_ignoring_case(head.headers.get("content-encoding"), "gzip");
}

asio::awaitable<HttpResponse> handle_aws_json(const ServiceModel& model, void* service,
                                              std::uint64_t max_body, Request& request) {
  const std::string_view target = request.http.headers.get("x-amz-target");
  const std::string_view type = media_type(request.http);
  const std::optional<Protocol> announced = protocol_of_type(model, type);
  if (request.http.method != "POST") throw access_denied();
  const Operation* const op = operation_of(model, target);
  if (op) request.operation = request.caller.operation = op->name;
  if (request.http.body.empty()) {
    if (!announced && model.speaks(Protocol::cbor_1_1)) request.protocol = Protocol::cbor_1_1;
    throw op ? serialization_error("") : unknown_operation();
  }
  const bool old_json = type == kOldJson;
  if (old_json && !announced) co_return old_json_answer(request.http.body);
  if (!announced)
    throw names_service_and_operation(target) ? xml_error(404, "UnknownOperationException", "")
                                              : access_denied();

  if (sends_gzip(request.http)) co_await inflate_body(request, max_body);
  std::optional<Json> document;
  const Codec& codec = codec_of(request.protocol);
  if (!op || !op->decodes_fast(request.protocol)) document = codec.parse(op ? *op : Operation{}, request);
  if (!op) throw unknown_operation();
  check_form(*op, request, document.has_value());
  HttpResponse response = co_await op->run(service, request, std::move(document));
  if (!response.headers.find("content-type"))
    response.headers.set("Content-Type", old_json ? kOldJson : codec.content_type());
  co_return response;
}

}  // namespace millrace
