// An operation, declared once: its name, its shapes and the function that does it. Everything else (routing,
// decoding, validation, encoding, metrics, the list of what is supported) is read from the tables of these.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>

#include "api/core/codec.h"
#include "api/core/service.h"
#include "api/core/validate.h"

namespace millrace {

// Where an operation of a REST protocol stands.
struct HttpBinding {
  const char* method = "";
  const char* uri = "";  // "/2015-03-31/functions/{FunctionName}/code"; "{Name+}" would take the rest
  unsigned status = 200;
};

struct Operation {
  // `context` is the service's own state, `object` the parsed body with the members from path, query and
  // headers added to it. Without `object` the decoder by hand reads `request.http.body`, if it can.
  using Run = std::function<asio::awaitable<HttpResponse>(const Operation& self, void* context,
                                                          Request& request, std::optional<Json> object)>;

  const char* name;
  Fields input, output;
  Run run;
  bool by_hand = false;       // has a decoder of its own, which wants the body unparsed
  bool cbor_by_hand = false;  // likewise for CBOR
  HttpBinding binding;
  // A document through the C++ type and back: what the test that walks all tables compares.
  std::function<OrderedJson(const Json&)> recode_input, recode_output;

  Operation&& http(const char* method, const char* uri, unsigned status = 200) && {
    binding = {method, uri, status};
    return std::move(*this);
  }
};

// Puts an encoded output where its shape says: body (as CBOR or JSON), header, payload or status.
[[nodiscard]] HttpResponse response_of(OrderedJson output, Fields fields, unsigned status, bool cbor);

// The body as an object, in the format that the request says. Throws SerializationException.
[[nodiscard]] Json parse_body(Fields input, const Request& request);

// How a hot operation goes without a document tree.
template <class In, class Out>
struct ByHand {
  // False: anything unusual, the general way decodes it again and finds the words for what is wrong.
  bool (*decode)(std::string& body, In& out) = nullptr;
  std::string (*encode)(const Out& out) = nullptr;
  // The same for CBOR.
  bool (*decode_cbor)(std::string& body, In& out) = nullptr;
  std::string (*encode_cbor)(const Out& out) = nullptr;

  [[nodiscard]] bool decodes(bool cbor, std::string& body, In& out) const {
    const auto decoder = cbor ? decode_cbor : decode;
    return decoder && decoder(body, out);
  }
  [[nodiscard]] auto encoder(bool cbor) const { return cbor ? encode_cbor : encode; }
};

// What an operation answers whose output is made while it is sent.
struct StreamedOutput {
  const char* content_type = nullptr;
  std::unique_ptr<BodyStream> body;
};

// A decoded input as a service sees it that looks at every request before it is done: the text of a member by
// its name on the wire; nullopt when the request has none.
using TextMembers = std::function<std::optional<std::string_view>(std::string_view name)>;

// A service that does so. `admits` says in passing whether there is anything to look for; `admit` returns, in
// time, or throws what is answered instead.
template <class S>
concept Admitting =
    requires(S& service, const Operation& op, const Caller& caller, const TextMembers& members) {
      { service.admits() } -> std::same_as<bool>;
      { service.admit(op, caller, members) } -> std::same_as<asio::awaitable<void>>;
    };

namespace operation_detail {

// `Who` is const Caller for most operations, Request for those that need its id or its head.
template <class S, class Who, class In, class Out, class InShape, class OutShape>
struct Parts {
  const InShape& in;
  const OutShape& out;
  asio::awaitable<Out> (*function)(S&, Who&, In);
  const ByHand<In, Out>* hand;
};

template <class Who>
Who& who_of(Request& request) {
  if constexpr (std::is_same_v<Who, Request>) {
    return request;
  } else {
    return request.caller;
  }
}

template <class Out, class P>
HttpResponse answer_of(const Operation& op, bool cbor, Out out, const P& parts) {
  HttpResponse response;
  if (parts.hand && parts.hand->encoder(cbor)) {
    response.body = parts.hand->encoder(cbor)(out);
    return response;
  }
  std::string payload;
  std::string* const in_output = payload_of(out, parts.out);
  if (in_output) payload = std::move(*in_output);
  response = response_of(encode(out, parts.out), op.output, op.binding.status, cbor);
  if (in_output) response.body = std::move(payload);
  return response;
}

template <class S, class Who, class In, class Out, class InShape, class OutShape>
asio::awaitable<HttpResponse> run(const Operation& op, S& service, Request& request,
                                  std::optional<Json> object,
                                  Parts<S, Who, In, Out, InShape, OutShape> parts) {
  In in{};
  if (object || !parts.hand || !parts.hand->decodes(request.cbor, request.http.body, in)) {
    if (!object) object = parse_body(op.input, request);
    check_types(op.input, *object);
    check_constraints(op.input, *object);
    in = In{};
    decode(in, *object, parts.in);
    object.reset();
  }
  if (std::string* payload = payload_of(in, parts.in)) *payload = std::move(request.http.body);
  if constexpr (Admitting<S>) {
    if (service.admits()) {
      const TextMembers members = [&](std::string_view name) { return text_of(in, parts.in, name); };
      co_await service.admit(op, request.caller, members);
    }
  }
  Out out = co_await parts.function(service, who_of<Who>(request), std::move(in));
  if constexpr (std::is_same_v<Out, StreamedOutput>) {
    HttpResponse response;
    response.headers.set("Content-Type", out.content_type);
    response.body = std::move(out.body);
    co_return response;
  } else {
    co_return answer_of(op, request.cbor, std::move(out), parts);
  }
}

template <class T, class Shape>
OrderedJson recode(const Json& object, const Shape& shape) {
  T value{};
  decode(value, object, shape);
  return encode(value, shape);
}

}  // namespace operation_detail

// What an operation without an output answers.
struct Nothing {};
inline constexpr auto kNothing = shape<Nothing>();

// `in` and `out` are constants of namespace scope, as is `hand`. The function takes a const Caller&, or a
// Request&.
template <class S, class Who, class In, class Out, class InShape, class OutShape>
[[nodiscard]] Operation operation(const char* name, const InShape& in, const OutShape& out,
                                  asio::awaitable<Out> (*function)(S&, Who&, In),
                                  const std::type_identity_t<ByHand<In, Out>>* hand = nullptr) {
  const operation_detail::Parts<S, Who, In, Out, InShape, OutShape> parts{in, out, function, hand};
  return {.name = name,
          .input = in.fields,
          .output = out.fields,
          .run =
              [parts](const Operation& op, void* context, Request& request, std::optional<Json> object) {
                return operation_detail::run(op, *static_cast<S*>(context), request, std::move(object),
                                             parts);
              },
          .by_hand = hand && hand->decode,
          .cbor_by_hand = hand && hand->decode_cbor,
          .binding = {},
          .recode_input = [&in](const Json& o) { return operation_detail::recode<In>(o, in); },
          .recode_output = [&out](const Json& o) { return operation_detail::recode<Out>(o, out); }};
}

}  // namespace millrace
