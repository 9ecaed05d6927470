#include "api/core/protocols/rpc_cbor.h"

#include "api/core/authentication.h"
#include "api/core/cbor.h"
#include "api/core/protocols/aws_json.h"
#include "api/core/protocols/codec.h"
#include "api/core/validate.h"

namespace millrace {

namespace {

constexpr const char* kHeader = "smithy-protocol";
constexpr const char* kProtocol = "rpc-v2-cbor";
constexpr const char* kCbor = "application/cbor";

class RpcCborCodec final : public Codec {
 public:
  [[nodiscard]] Json parse(const Operation&, const Request& request) const override {
    if (request.http.body.empty()) return Json::object();
    Json document = parse_cbor(request.http.body);
    if (!document.is_object()) throw serialization_error("");
    return document;
  }
  [[nodiscard]] HttpResponse write(const Operation& op, OrderedJson output, const Request&) const override {
    HttpResponse response = typed(op.binding.status);
    response.body = to_cbor(output, op.output, CborTimes::seconds);
    return response;
  }
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override {
    HttpResponse response = typed(e.status());
    const OrderedJson body = error_document(e, request, response);
    response.body = to_cbor(body, {}, CborTimes::seconds);
    return response;
  }
  [[nodiscard]] const char* content_type() const override { return kCbor; }

 private:
  static HttpResponse typed(unsigned status) {
    HttpResponse response;
    response.status = status;
    response.headers.set("Content-Type", kCbor);
    response.headers.set(kHeader, kProtocol);
    return response;
  }
};

// What stands behind `prefix` up to the next slash.
std::optional<std::string_view> part_behind(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

const Operation* operation_of(const ServiceModel& model, std::string_view path) {
  const auto service = part_behind(path, "/service/");
  const auto name = part_behind(path, "/operation/");
  if (service != model.target || !name || !path.empty()) return nullptr;
  return operation_named(model, *name);
}

}  // namespace

const Codec& rpc_cbor_codec() {
  static const RpcCborCodec kCodec;
  return kCodec;
}

bool sends_rpc_cbor(const HttpRequest& head) {
  return head.headers.get(kHeader) == kProtocol && head.path().starts_with("/service/");
}

asio::awaitable<HttpResponse> handle_rpc_cbor(const ServiceModel& model, void* service,
                                              std::uint64_t max_body, Request& request) {
  const Operation* const op = operation_of(model, request.http.path());
  if (!op || request.http.method != "POST") throw ApiError(404, "UnknownOperationException", "");
  request.operation = request.caller.operation = op->name;
  check_authentication_form(request.http);
  if (sends_gzip(request.http)) co_await inflate_body(request, max_body);
  HttpResponse response = co_await op->run(service, request, std::nullopt);
  if (!response.headers.find("content-type")) response.headers.set("Content-Type", kCbor);
  response.headers.set(kHeader, kProtocol);
  co_return response;
}

}  // namespace millrace
