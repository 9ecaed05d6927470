#include "api/core/protocols/rest_json.h"

#include <algorithm>

#include "api/core/authentication.h"
#include "api/core/header_fields.h"
#include "api/core/json.h"
#include "api/core/protocols/codec.h"

namespace millrace {

namespace {

std::string_view take_segment(std::string_view& path) {
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(segment.size() + 1, path.size()));
  return segment;
}

void add_query(Json& object, const FieldInfo& f, const QueryParameters& query, bool of_xml) {
  for (const auto& [key, value] : query) {
    if (key != f.name) continue;
    if (f.kind == Kind::list) {
      object[f.name].push_back(value_of_text(value, f.element_kind));
    } else if (of_xml) {  // the first counts, also when it is empty
      object.emplace(f.name, value_of_text(value, f.kind));
    } else if (!value.empty()) {
      object[f.name] = value_of_text(value, f.kind);
    }
  }
}

void add_header(Json& object, const FieldInfo& f, const Headers& headers) {
  if (holds_headers(f)) {
    for (const auto& [name, value] : headers)
      if (holds_header(f, name)) object[f.name].push_back(header_field(name, value));
  } else if (const auto value = headers.find(f.name)) {
    object[f.name] = value_of_text(std::string(*value), f.kind);
  }
}

Json body_object(const Operation& op, const HttpRequest& http) {
  for (const FieldInfo& f : op.input) {
    if (f.place == Place::payload) return Json::object();
  }
  if (http.body.empty()) return Json::object();
  Json object = parse_json(http.body);
  if (!object.is_object())
    throw ApiError(400, "InvalidRequestContentException",
                   "Could not parse request body into json: the body is not a JSON object");
  return object;
}

// The form is checked as for JSON 1.1, but REST services answer 403 for all of it.
void check_form(const HttpRequest& http) {
  try {
    check_authentication_form(http);
  } catch (const ApiError& e) {
    throw ApiError(403, e.code(), e.message());
  }
}

// `forms`: "name=value" or "name", separated by '&'.
bool has_all(const QueryParameters& query, std::string_view forms) {
  while (!forms.empty()) {
    const std::string_view form = forms.substr(0, forms.find('&'));
    forms.remove_prefix(std::min(form.size() + 1, forms.size()));
    const std::size_t equals = form.find('=');
    if (std::none_of(query.begin(), query.end(), [&](const auto& one) {
          return one.first == form.substr(0, equals) &&
                 (equals == form.npos || one.second == form.substr(equals + 1));
        }))
      return false;
  }
  return true;
}

std::optional<QueryParameters> match_path(std::string_view uri, std::string_view path) {
  QueryParameters values;
  while (!uri.empty()) {
    const std::string_view form = take_segment(uri);
    if (form.starts_with('{')) {
      const std::string_view name = form.substr(1, form.size() - 2);
      const bool rest = name.ends_with('+');
      const std::string_view value = rest ? std::exchange(path, {}) : take_segment(path);
      if (value.empty()) return std::nullopt;
      values.emplace_back(name.substr(0, name.size() - (rest ? 1 : 0)), percent_decode(value));
    } else if (take_segment(path) != form) {
      return std::nullopt;
    }
  }
  if (!path.empty()) return std::nullopt;
  return values;
}

// Sources of the letters: LocalStack's snapshots of AWS, tests/aws/services/lambda_.
bool one_of_codes(const std::string& code, std::initializer_list<const char*> codes) {
  return std::any_of(codes.begin(), codes.end(), [&](const char* c) { return code == c; });
}

class RestJsonCodec final : public Codec {
 public:
  [[nodiscard]] Json parse(const Operation& op, const Request& request) const override {
    Json document = body_object(op, request.http);
    add_members_outside_body(document, op, request);
    return document;
  }
  [[nodiscard]] HttpResponse write(const Operation& op, OrderedJson output, const Request&) const override {
    HttpResponse response;
    if (put_outside_body(response, output, op)) response.body = dumped(output);
    return response;
  }
  // The code in a header, the text in the body, in the letters that AWS uses for each kind of error.
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request&) const override {
    HttpResponse response;
    response.status = e.status();
    response.headers.set("Content-Type", content_type());
    response.headers.set("x-amzn-ErrorType", e.code());
    if (!e.detail().empty()) {
      response.body = e.detail();
      return response;
    }
    OrderedJson body;
    if (!one_of_codes(e.code(), {"ValidationException", "SerializationException",
                                 "RequestEntityTooLargeException", "MissingAuthenticationTokenException"}))
      body["Type"] = e.status() >= 500 ? "Service" : "User";
    body[e.code() == "ResourceNotFoundException" ? "Message" : "message"] = e.message();
    response.body = dumped(body);
    return response;
  }
  [[nodiscard]] const char* content_type() const override { return "application/json"; }
};

}  // namespace

std::optional<QueryParameters> match(const HttpBinding& binding, std::string_view method,
                                     std::string_view path, const QueryParameters& query) {
  if (method != binding.method) return std::nullopt;
  const std::string_view uri = binding.uri;
  const std::size_t mark = std::min(uri.find('?'), uri.size());
  if (!has_all(query, uri.substr(std::min(mark + 1, uri.size())))) return std::nullopt;
  return match_path(uri.substr(0, mark), path);
}

void add_members_outside_body(Json& document, const Operation& op, const Request& request) {
  const QueryParameters query = parse_query(request.http.query());
  for (const FieldInfo& f : op.input) {
    if (f.place == Place::body || f.place == Place::payload) continue;
    document.erase(f.name);  // the body cannot stand in for it
    if (f.place == Place::query) add_query(document, f, query, request.protocol == Protocol::rest_xml);
    if (f.place == Place::header) add_header(document, f, request.http.headers);
    if (f.place == Place::path)
      for (const auto& [key, value] : request.path)
        if (key == f.name) document[f.name] = value_of_text(value, f.kind);
  }
}

const Codec& rest_json_codec() {
  static const RestJsonCodec kCodec;
  return kCodec;
}

asio::awaitable<HttpResponse> handle_rest_json(const ServiceModel& model, void* service, Request& request) {
  request.model = &model;
  request.protocol = Protocol::rest_json;
  std::string_view path = request.http.path();
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const QueryParameters query = parse_query(request.http.query());
  for (const Operation* op : model.operations) {
    std::optional<QueryParameters> parts = match(op->binding, request.http.method, path, query);
    if (!parts) continue;
    request.operation = op->name;
    request.path = std::move(*parts);
    check_form(request.http);
    co_return co_await op->run(service, request, rest_json_codec().parse(*op, request));
  }
  throw ApiError(404, "UnknownOperationException",
                 "There is no operation at " + request.http.method + " " + std::string(request.http.path()));
}

}  // namespace millrace
