// The declaration of an operation: its name, its shapes and its function. Routing, decoding, validation,
// encoding, metrics and the list of supported operations are derived from the tables of declarations.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <span>

#include "api/core/access.h"
#include "api/core/codec.h"
#include "api/core/service.h"

namespace millrace {

struct Operation;

// The method and the URI of an operation in a REST protocol.
struct HttpBinding {
  const char* method = "";
  const char* uri = "";  // "/2015-03-31/functions/{FunctionName}/code"; "{Name+}" would take the rest
  unsigned status = 200;
  const char* xml_root = nullptr;  // of the output's element in REST-XML; nullptr: "<name>Result"
};

// A hand-written decoder and encoder of an operation with a high request rate, for one protocol. They do not
// build a document tree.
template <class In, class Out>
struct FastCodec {
  Protocol protocol;
  // False: the request is unusual. The protocol's codec decodes it again and reports the errors.
  bool (*decode)(std::string& body, In& out) = nullptr;
  std::string (*encode)(const Out& out) = nullptr;
};

// The output of an operation whose response is produced while it is sent.
struct StreamedOutput {
  const char* content_type = nullptr;
  std::unique_ptr<BodyStream> body;
};

// A decoded input, for services that check every request before its operation runs: the text of a member by
// its name on the wire; nullopt if the request does not contain the member.
using TextMembers = std::function<std::optional<std::string_view>(std::string_view name)>;

// A service that checks every request. `admits` returns quickly whether there is anything to check. `admit`
// returns, possibly after a delay, or throws the error to respond with.
template <class S>
concept Admitting =
    requires(S& service, const Operation& op, const Caller& caller, const TextMembers& members) {
      { service.admits() } -> std::same_as<bool>;
      { service.admit(op, caller, members) } -> std::same_as<asio::awaitable<void>>;
    };

// One call of an operation, with its input and output. This is the only part of an operation that depends on
// C++ types. It is small, so that everything else is compiled only once.
class Call {
 public:
  virtual ~Call() = default;

  // Pointers to values of the types that the operation's shapes describe.
  [[nodiscard]] virtual void* input() = 0;
  [[nodiscard]] virtual void* output() = 0;
  virtual void clear_input() = 0;
  // Consumes the input and sets the output.
  [[nodiscard]] virtual asio::awaitable<void> run(void* service, Request& request) = 0;
  // Moves what the output holds besides its members; true: it holds the whole body, which is streamed.
  virtual bool finish(HttpResponse& response) = 0;

  // With the operation's hand-written codec, if it has one for the protocol.
  virtual bool decode(Protocol, std::string& /*body*/) { return false; }
  virtual bool encode(Protocol, std::string& /*body*/) { return false; }
};

// The two functions of an admitting service, without its type.
struct Admission {
  bool (*admits)(void* service);
  asio::awaitable<void> (*admit)(void* service, const Operation& op, const Caller& caller,
                                 const TextMembers& members);
};

struct Operation {
  const char* name = nullptr;
  AnyShape input, output;
  HttpBinding binding{};
  Access access = Access::unset;
  std::array<Permission, 4> permissions{};  // ends at the first without resources
  std::uint8_t fast_decoders = 0;           // the protocols for which it has a decoder of its own (bit_of)
  const Admission* admission = nullptr;

  std::unique_ptr<Call> (*begin)(const Operation& op) = nullptr;
  void (*function)() = nullptr;       // what `begin` knows the types of
  const void* fast_codecs = nullptr;  // likewise
  std::size_t fast_codec_count = 0;

  Operation&& http(const char* method, const char* uri, unsigned status = 200,
                   const char* xml_root = nullptr) && {
    binding = {method, uri, status, xml_root};
    return std::move(*this);
  }

  Operation&& reads() && {
    access = Access::reads;
    return std::move(*this);
  }
  Operation&& writes() && {
    access = Access::writes;
    return std::move(*this);
  }
  // The resources of the operation. `action`: the name in IAM, if it differs from the operation's.
  Operation&& on(ResourcesOf resources, const char* action = nullptr) && {
    for (Permission& free : permissions)
      if (!free.resources) {
        free = {action, resources};
        break;
      }
    return std::move(*this);
  }

  // `service` is the state of the service, and `document` the input parsed by the protocol's codec. Without
  // `document`, the hand-written decoder reads `request.http.body`, or else the codec does. Checks types and
  // constraints. Throws ApiError.
  [[nodiscard]] asio::awaitable<HttpResponse> run(void* service, Request& request,
                                                  std::optional<Json> document) const;
  [[nodiscard]] bool decodes_fast(Protocol p) const { return (fast_decoders & bit_of(p)) != 0; }
  // Converts a document to the C++ type and back, for the test that checks all tables.
  [[nodiscard]] OrderedJson recode_input(const Json& document) const;
  [[nodiscard]] OrderedJson recode_output(const Json& document) const;
};

// The permissions that a caller needs for this input. `service` is the state of the service.
[[nodiscard]] std::vector<Demand> demands_of(const ServiceModel& model, const Operation& op, void* service,
                                             const InputView& input, const Principal& caller);

// Throws if the principal of the request lacks a permission that the operation needs for the decoded input.
// The one place where requests are authorized: behind validation, as in AWS, and before the operation. Call
// only if the request has an authorizer.
[[nodiscard]] asio::awaitable<void> check_access(const Operation& op, Call& call, void* service,
                                                 const Request& request);

namespace operation_detail {

// `Who` is const Caller for most operations, Request for those that need its id or its head.
template <class S, class Who, class In, class Out>
class TypedCall : public Call {
 public:
  using Function = asio::awaitable<Out> (*)(S&, Who&, In);

  explicit TypedCall(const Operation& op) : op_(op) {}
  static std::unique_ptr<Call> begin(const Operation& op) { return std::make_unique<TypedCall>(op); }

  void* input() override { return &in_; }
  void* output() override { return &out_; }
  void clear_input() override { in_ = In{}; }
  asio::awaitable<void> run(void* service, Request& request) override {
    const auto function = reinterpret_cast<Function>(op_.function);
    S& s = *static_cast<S*>(service);
    if constexpr (std::is_same_v<Who, Request>) {
      out_ = co_await function(s, request, std::move(in_));
    } else {
      out_ = co_await function(s, request.caller, std::move(in_));
    }
  }
  bool finish(HttpResponse& response) override {
    if constexpr (std::is_same_v<Out, StreamedOutput>) {
      response.headers.set("Content-Type", out_.content_type);
      response.body = std::move(out_.body);
      return true;
    } else {
      // What the operation reserved for its answer stays until that is sent.
      if constexpr (requires { out_.held; }) response.held = std::move(out_.held);
      return false;
    }
  }

 protected:
  const Operation& op_;
  In in_{};
  Out out_{};
};

template <class S, class Who, class In, class Out>
class FastCall final : public TypedCall<S, Who, In, Out> {
 public:
  using TypedCall<S, Who, In, Out>::TypedCall;
  static std::unique_ptr<Call> begin(const Operation& op) { return std::make_unique<FastCall>(op); }

  bool decode(Protocol protocol, std::string& body) override {
    const auto* codec = codec_for(protocol);
    return codec && codec->decode && codec->decode(body, this->in_);
  }
  bool encode(Protocol protocol, std::string& body) override {
    const auto* codec = codec_for(protocol);
    if (!codec || !codec->encode) return false;
    body = codec->encode(this->out_);
    return true;
  }

 private:
  [[nodiscard]] const FastCodec<In, Out>* codec_for(Protocol protocol) const {
    const auto* const all = static_cast<const FastCodec<In, Out>*>(this->op_.fast_codecs);
    for (std::size_t i = 0; i < this->op_.fast_codec_count; ++i)
      if (all[i].protocol == protocol) return &all[i];
    return nullptr;
  }
};

template <class S>
bool admits(void* service) {
  return static_cast<S*>(service)->admits();
}
template <class S>
asio::awaitable<void> admit(void* service, const Operation& op, const Caller& caller,
                            const TextMembers& members) {
  return static_cast<S*>(service)->admit(op, caller, members);
}
template <class S>
inline constexpr Admission kAdmission{admits<S>, admit<S>};

}  // namespace operation_detail

// The output of an operation without an output.
struct Nothing {};
inline constexpr auto kNothing = shape<Nothing>();

// `in` and `out` are constants at namespace scope. The function takes a const Caller& or a Request&.
template <class S, class Who, class In, class Out>
[[nodiscard]] Operation operation(const char* name, AnyShape in, AnyShape out,
                                  asio::awaitable<Out> (*function)(S&, Who&, In)) {
  Operation op{.name = name, .input = in, .output = out};
  op.begin = operation_detail::TypedCall<S, Who, In, Out>::begin;
  op.function = reinterpret_cast<void (*)()>(function);
  if constexpr (Admitting<S>) op.admission = &operation_detail::kAdmission<S>;
  return op;
}

// As above, with hand-written codecs: an array at namespace scope.
template <class S, class Who, class In, class Out, std::size_t N>
[[nodiscard]] Operation operation(const char* name, AnyShape in, AnyShape out,
                                  asio::awaitable<Out> (*function)(S&, Who&, In),
                                  const FastCodec<In, Out> (&fast)[N]) {
  Operation op = operation(name, in, out, function);
  op.begin = operation_detail::FastCall<S, Who, In, Out>::begin;
  op.fast_codecs = fast;
  op.fast_codec_count = N;
  for (const FastCodec<In, Out>& codec : fast)
    if (codec.decode) op.fast_decoders |= bit_of(codec.protocol);
  return op;
}

}  // namespace millrace
