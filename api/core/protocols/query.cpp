#include "api/core/protocols/query.h"

#include <simdjson.h>

#include <charconv>
#include <map>

#include "api/core/authentication.h"
#include "api/core/excerpt.h"
#include "api/core/json.h"
#include "api/core/protocols/aws_json.h"
#include "api/core/protocols/codec.h"
#include "api/core/protocols/xml_document.h"
#include "api/core/validate.h"

namespace millrace {

namespace {

constexpr const char* kForm = "application/x-www-form-urlencoded";
constexpr const char* kXml = "text/xml";
// Each level is a part of a parameter's name.
constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kMaxParameters = 100'000;
// Of a name in a message.
constexpr std::size_t kMaxQuoted = 256;

// The form's parameters by name, so that those below a name stand together.
class Form {
 public:
  explicit Form(const QueryParameters& parameters) {
    for (const auto& [name, value] : parameters) values_.try_emplace(name, &value);
  }

  [[nodiscard]] const std::string* value(const std::string& name) const {
    const auto it = values_.find(name);
    return it == values_.end() ? nullptr : it->second;
  }
  // Whether something stands below "name.".
  [[nodiscard]] bool has_below(const std::string& name) const {
    const auto it = values_.lower_bound(name + ".");
    return it != values_.end() && it->first.starts_with(name + ".");
  }
  // The N of all "name.N" and "name.N.more", in order, as they are written.
  [[nodiscard]] std::map<std::uint64_t, std::string> numbers_below(const std::string& name) const {
    std::map<std::uint64_t, std::string> out;
    const std::string prefix = name + ".";
    for (auto it = values_.lower_bound(prefix); it != values_.end() && it->first.starts_with(prefix); ++it) {
      const std::string_view rest = it->first.substr(prefix.size());
      const std::string_view digits = rest.substr(0, rest.find('.'));
      std::uint64_t n = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
      if (error == std::errc() && end == digits.data() + digits.size()) out.try_emplace(n, digits);
    }
    return out;
  }

 private:
  std::map<std::string_view, const std::string*, std::less<>> values_;
};

Json structure_of(const Form& form, Fields fields, const std::string& prefix, std::size_t depth);

// nullptr (null): the form has nothing of that name.
Json value_of(const Form& form, Kind kind, const FieldInfo& f, const std::string& name, std::size_t depth) {
  if (depth == kMaxDepth) throw serialization_error("");
  if (kind == Kind::structure)
    return form.has_below(name) ? structure_of(form, f.nested(), name + ".", depth + 1) : Json();
  if (kind == Kind::list) {
    const std::string* const empty = form.value(name);
    Json out = empty && empty->empty() ? Json::array() : Json();
    const std::string members = f.xml.flattened ? name : name + "." + f.xml.members;
    for (const auto& [n, digits] : form.numbers_below(members))
      out.push_back(value_of(form, f.element_kind, f, members + "." + digits, depth + 1));
    return out;
  }
  if (kind == Kind::map) {
    Json out;
    const std::string entries = f.xml.flattened ? name : name + ".entry";
    for (const auto& [n, digits] : form.numbers_below(entries)) {
      const std::string entry = entries + "." + digits + ".";
      if (const std::string* const key = form.value(entry + f.xml.key))
        out[*key] = value_of(form, f.element_kind, f, entry + f.xml.value, depth + 1);
    }
    return out;
  }
  const std::string* const text = form.value(name);
  return text ? value_of_text(*text, kind) : Json();
}

Json structure_of(const Form& form, Fields fields, const std::string& prefix, std::size_t depth) {
  Json out = Json::object();
  for (const FieldInfo& f : fields) {
    Json value = value_of(form, f.kind, f, prefix + f.xml_name(), depth);
    if (!value.is_null()) out[f.name] = std::move(value);
  }
  return out;
}

std::string xmlns(const Request& request) {
  return "xmlns=\"" + std::string(request.model->xml_namespace) + "\"";
}

HttpResponse xml_answer(unsigned status, XmlWriter& xml) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", kXml);
  response.body = xml.take();
  return response;
}

QueryParameters form_of(const HttpRequest& http) {
  return parse_query(http.method == "GET" ? http.query() : std::string_view(http.body));
}

std::string parameter(const QueryParameters& form, std::string_view wanted) {
  for (const auto& [name, value] : form)
    if (name == wanted) return value;
  return {};
}
std::string action_of(const QueryParameters& form) { return parameter(form, "Action"); }

ApiError unknown_action(const QueryParameters& form) {
  const std::string version = parameter(form, "Version");
  return {400, "InvalidAction",
          "Could not find operation " + excerpt(action_of(form), kMaxQuoted) +
              (version.empty() ? "" : " for version " + excerpt(version, kMaxQuoted))};
}

// What Query calls the errors that all protocols have, and their status. Source: IAM and STS API references,
// "Common Errors".
struct CommonError {
  std::string_view code, query_code;
  unsigned status;
};
constexpr CommonError kCommonErrors[] = {
    {"ValidationException", "ValidationError", 400},
    {"SerializationException", "MalformedInput", 400},
    {"AccessDeniedException", "AccessDenied", 403},
    {"ExpiredTokenException", "ExpiredToken", 403},
    {"IncompleteSignatureException", "IncompleteSignature", 400},
    {"InvalidSignatureException", "SignatureDoesNotMatch", 403},
    {"MissingAuthenticationTokenException", "MissingAuthenticationToken", 403},
    {"ThrottlingException", "Throttling", 400},
    {"UnrecognizedClientException", "InvalidClientTokenId", 403},
};

// The error as Query has it.
CommonError query_error(const ApiError& e) {
  for (const CommonError& common : kCommonErrors)
    if (e.query_code() == common.code) return common;
  return {e.code(), e.query_code(), e.status()};
}

class QueryCodec final : public Codec {
 public:
  [[nodiscard]] Json parse(const Operation& op, const Request& request) const override {
    return document_of_form(op.input, form_of(request.http));
  }
  [[nodiscard]] HttpResponse write(const Operation& op, OrderedJson output,
                                   const Request& request) const override {
    const std::string name = op.name;
    XmlWriter xml(XmlWriter::Declaration::none);
    xml.open(name + "Response", xmlns(request));
    if (!op.output.empty()) {
      xml.open(name + "Result");
      write_xml(xml, output, op.output);
      xml.close(name + "Result");
    }
    xml.open("ResponseMetadata");
    xml.element("RequestId", request.id);
    xml.close("ResponseMetadata");
    xml.close(name + "Response");
    return xml_answer(op.binding.status, xml);
  }
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override {
    XmlWriter xml(XmlWriter::Declaration::none);
    xml.open("ErrorResponse", request.model ? xmlns(request) : std::string());
    xml.open("Error");
    const CommonError error = query_error(e);
    xml.element("Type", error.status < 500 ? "Sender" : "Receiver");
    xml.element("Code", error.query_code);
    if (!e.message().empty()) xml.element("Message", e.message());
    xml.raw(e.detail());
    xml.close("Error");
    xml.element("RequestId", request.id);
    xml.close("ErrorResponse");
    return xml_answer(error.status, xml);
  }
  [[nodiscard]] const char* content_type() const override { return kXml; }
};

}  // namespace

const Codec& query_codec() {
  static const QueryCodec kCodec;
  return kCodec;
}

Json document_of_form(Fields fields, const QueryParameters& form) {
  if (form.size() > kMaxParameters) throw serialization_error("");
  for (const auto& [name, value] : form)
    if (!simdjson::validate_utf8(name) || !simdjson::validate_utf8(value)) throw serialization_error("");
  return structure_of(Form(form), fields, "", 0);
}

bool sends_query(const HttpRequest& head) {
  if (head.headers.find("x-amz-target")) return false;
  if (head.method == "GET") return !action_of(parse_query(head.query())).empty();
  return head.method == "POST" && media_type(head) == kForm;
}

asio::awaitable<HttpResponse> handle_query(const ServiceModel& model, void* service, std::uint64_t max_body,
                                           Request& request) {
  if (sends_gzip(request.http)) co_await inflate_body(request, max_body);
  check_authentication_form(request.http);  // first: without a signature, the service may be another
  const QueryParameters form = form_of(request.http);
  const std::string action = action_of(form);
  if (action.empty()) throw ApiError(400, "MissingAction", "The request must contain the parameter Action.");
  const Operation* const op = operation_named(model, action);
  if (!op) throw unknown_action(form);
  request.operation = request.caller.operation = op->name;
  co_return co_await op->run(service, request, std::nullopt);
}

}  // namespace millrace
