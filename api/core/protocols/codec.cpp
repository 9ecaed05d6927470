#include "api/core/protocols/codec.h"

#include <charconv>

#include "api/core/dates.h"
#include "api/core/gzip.h"
#include "api/core/header_fields.h"
#include "api/core/json.h"
#include "api/core/protocols/aws_json.h"
#include "api/core/protocols/query.h"
#include "api/core/protocols/rpc_cbor.h"
#include "api/core/protocols/xml_document.h"
#include "api/core/validate.h"

namespace millrace {

namespace {

constexpr std::uint64_t kMostInflated = 1032;  // bytes of one byte of gzip (zlib's technical details)

Json number_of_text(const std::string& text) {
  const Json number = parse_json(text);
  return number.is_number() ? number : Json(text);
}

Json time_of_text(const std::string& text) {
  std::optional<Time> time = parse_iso8601(text);
  if (!time) time = parse_http_date(text);
  if (!time) return number_of_text(text);
  return static_cast<double>(time->time_since_epoch().count()) / 1000;
}

std::string header_text(const FieldInfo& f, const OrderedJson& v) {
  if (f.kind == Kind::timestamp)
    return time_text(v.get<double>(), f.time == TimeForm::usual ? TimeForm::http_date : f.time);
  return v.is_string() ? v.get<std::string>() : v.dump();
}

}  // namespace

const Codec& codec_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::cbor_1_1:
      return cbor_codec();
    case Protocol::rpc_v2_cbor:
      return rpc_cbor_codec();
    case Protocol::query:
      return query_codec();
    case Protocol::rest_json:
      return rest_json_codec();
    case Protocol::rest_xml:
      return rest_xml_codec();
    default:
      return json_codec(protocol);
  }
}

Protocol protocol_of(const ServiceModel& model, const HttpRequest& head) {
  if (model.speaks(Protocol::rest_json)) return Protocol::rest_json;
  if (model.speaks(Protocol::rest_xml)) return Protocol::rest_xml;
  if (model.speaks(Protocol::rpc_v2_cbor) && sends_rpc_cbor(head)) return Protocol::rpc_v2_cbor;
  if (model.speaks(Protocol::query) && sends_query(head)) return Protocol::query;
  return aws_json_protocol(model, head);
}

asio::awaitable<HttpResponse> handle_rpc(const ServiceModel& model, void* service, std::uint64_t max_body,
                                         Request& request) {
  request.model = &model;
  request.protocol = protocol_of(model, request.http);
  switch (request.protocol) {
    case Protocol::rpc_v2_cbor:
      return handle_rpc_cbor(model, service, max_body, request);
    case Protocol::query:
      return handle_query(model, service, max_body, request);
    default:
      return handle_aws_json(model, service, max_body, request);
  }
}

const Operation* operation_named(const ServiceModel& model, std::string_view name) {
  for (const Operation* op : model.operations)
    if (op->name == name) return op;
  return nullptr;
}

bool put_outside_body(HttpResponse& response, OrderedJson& output, const Operation& op) {
  response.status = op.binding.status;
  bool has_payload = false;
  for (const FieldInfo& f : op.output) {
    if (f.place == Place::body || !output.contains(f.name)) continue;
    const OrderedJson& v = output[f.name];
    if (f.place == Place::status) {
      response.status = v.get<unsigned>();
    } else if (f.place == Place::payload) {
      has_payload = true;  // the caller has the bytes
    } else if (holds_headers(f)) {
      for (const OrderedJson& one : v) add_header_field(response.headers, one.get_ref<const std::string&>());
    } else {
      response.headers.add(f.name, header_text(f, v));
    }
    output.erase(f.name);
  }
  return !has_payload && !(output.empty() && op.output.empty()) && response.status != 204;
}

Json value_of_text(const std::string& text, Kind kind) {
  switch (kind) {
    case Kind::boolean:
      if (equals_ignoring_case(text, "true")) return true;
      if (equals_ignoring_case(text, "false")) return false;
      return text;
    case Kind::integer:
    case Kind::big_integer: {
      std::int64_t n = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
      return error == std::errc() && end == text.data() + text.size() && !text.empty() ? Json(n) : Json(text);
    }
    case Kind::real:
      return number_of_text(text);
    case Kind::timestamp:
      return time_of_text(text);
    default:
      return text;
  }
}

std::string_view media_type(const HttpRequest& head) {
  std::string_view type = head.headers.get("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type;
}

std::string dumped(const OrderedJson& document) {
  return document.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

OrderedJson error_document(const ApiError& e, const Request& request, HttpResponse& answer) {
  answer.status = e.status();
  const bool query_mode = request.model && request.model->query_compatible &&
                          equals_ignoring_case(request.http.headers.get("x-amzn-query-mode"), "true");
  if (query_mode)
    answer.headers.set("x-amzn-query-error", e.query_code() + (e.status() < 500 ? ";Sender" : ";Receiver"));
  OrderedJson body;
  body["__type"] = (request.model ? std::string(request.model->error_namespace) : std::string()) + e.code();
  if (!e.message().empty()) body[e.code() == "SerializationException" ? "Message" : "message"] = e.message();
  // Through the text, since a message may quote bytes of the request that are no UTF-8.
  return OrderedJson::parse(dumped(body));
}

asio::awaitable<void> inflate_body(Request& request, std::uint64_t max_body) {
  std::string& body = request.http.body;
  const std::uint64_t most = std::min<std::uint64_t>(max_body, body.size() * kMostInflated);
  request.inflated = co_await reserve_answer(request.http.memory, most);
  std::string plain;
  switch (gunzip(body, max_body, plain)) {
    case Gunzip::done:
      body = std::move(plain);
      break;
    case Gunzip::too_large:
      throw ApiError(413, "RequestEntityTooLargeException", "")
          .with_detail("<RequestEntityTooLargeException/>\n");
    case Gunzip::malformed:
      throw serialization_error("");
  }
  request.inflated.shrink_to(body.size());
}

}  // namespace millrace
