// The encoding of requests and responses in a protocol. A codec depends only on shapes: it converts between
// the wire and a document. In a document, blobs are base64 strings (from CBOR: binary values), and times are
// seconds since the epoch.
#pragma once

#include "api/core/operation.h"
#include "api/core/validate.h"

namespace millrace {

class Codec {
 public:
  virtual ~Codec() = default;

  // The input of a request for `op`, not validated. Throws ApiError if the encoding is malformed.
  [[nodiscard]] virtual Json parse(const Operation& op, const Request& request) const = 0;
  // The response with an encoded output. The caller adds the bytes of a payload member.
  [[nodiscard]] virtual HttpResponse write(const Operation& op, OrderedJson output,
                                           const Request& request) const = 0;
  [[nodiscard]] virtual HttpResponse error(const ApiError& e, const Request& request) const = 0;
  // The content type of responses that do not set one.
  [[nodiscard]] virtual const char* content_type() const = 0;
};

[[nodiscard]] const Codec& codec_of(Protocol protocol);

// One codec per protocol, each in its own file.
[[nodiscard]] const Codec& json_codec(Protocol protocol);  // json_1_0, json_1_1
[[nodiscard]] const Codec& cbor_codec();
[[nodiscard]] const Codec& rpc_cbor_codec();
[[nodiscard]] const Codec& query_codec();
[[nodiscard]] const Codec& rest_json_codec();
[[nodiscard]] const Codec& rest_xml_codec();

// Handles one request to a service with RPC protocols: finds the protocol and the operation, and runs it.
// Sets `request.protocol`, `model` and `operation` as soon as they are known, also if it throws ApiError. A
// compressed body can decompress to `max_body` bytes.
[[nodiscard]] asio::awaitable<HttpResponse> handle_rpc(const ServiceModel& model, void* service,
                                                       std::uint64_t max_body, Request& request);
// The protocol of the request, by its head, among the protocols of the service.
[[nodiscard]] Protocol protocol_of(const ServiceModel& model, const HttpRequest& head);

// ---- The steps of Operation::run, for services that have steps of their own between them ----

// Checks the document and converts it to the input of the call. Throws ApiError.
void decode_input(const Operation& op, Call& call, const Json& document,
                  PrintValues print = PrintValues::yes);
// The response with the output of the call.
[[nodiscard]] HttpResponse answer_of(const Operation& op, Call& call, const Request& request);

// ---- For the codecs ----

[[nodiscard]] const Operation* operation_named(const ServiceModel& model, std::string_view name);

// Moves the members that belong to headers and the status from `output` to the response. True: the rest of
// `output` is the body.
[[nodiscard]] bool put_outside_body(HttpResponse& response, OrderedJson& output, const Operation& op);

// The document value of a text from a path, a query or a header. A text that cannot be converted stays a
// string, which check_types reports.
[[nodiscard]] Json value_of_text(const std::string& text, Kind kind);

// The media type without parameters.
[[nodiscard]] std::string_view media_type(const HttpRequest& head);

// Serializes a document that can contain bytes of a request: invalid UTF-8 is replaced.
[[nodiscard]] std::string dumped(const OrderedJson& document);

// {"__type": code, "message": text}: what JSON and CBOR have in common. `answer` gets the status and the
// headers that clients of query's codes look for.
[[nodiscard]] OrderedJson error_document(const ApiError& e, const Request& request, HttpResponse& answer);

// Unpacks a body in gzip. Throws ApiError.
[[nodiscard]] asio::awaitable<void> inflate_body(Request& request, std::uint64_t max_body);

}  // namespace millrace
