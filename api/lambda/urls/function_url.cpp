#include "api/lambda/urls/function_url.h"

#include <algorithm>
#include <map>
#include <set>

#include "api/core/ascii.h"
#include "api/core/base64.h"
#include "api/core/dates.h"
#include "api/core/json.h"
#include "api/lambda/errors.h"
#include "api/lambda/functions/configuration.h"
#include "api/lambda/invocation.h"
#include "api/lambda/names.h"
#include "api/lambda/urls/url_event.h"

namespace millrace::lambda {

namespace {

// Of a function's answer, which is cut apart and not parsed as a whole.
constexpr std::size_t kMaxAnswerDepth = 10'000;
// Of a function's answer: more than clients take, and less than HTTP/2's library sends as one header, which
// is 64 KiB with 12 bytes more for each field.
constexpr std::size_t kMaxFields = 1000, kMaxFieldBytes = 48 << 10;
// The JSON of them; an escape makes six characters of one.
constexpr std::size_t kMaxFieldsText = 8 * kMaxFieldBytes;

HttpResponse answer(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

HttpResponse message(unsigned status, const char* text) {
  return answer(status, Json{{"Message", text}}.dump());
}

// AWS's words are no JSON.
HttpResponse bad_gateway() { return answer(502, "Internal Server Error"); }

// As AWS answers for a URL that does not exist.
HttpResponse no_such_url() {
  HttpResponse response = answer(403, R"({"Message":null})");
  response.headers.set("x-amzn-ErrorType", "AccessDeniedException");
  return response;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// RFC 9110, 5.6.2: what a field's name is made of.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// RFC 9110, 5.5: a value holds no control characters; others would end the field, or the head.
bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

// The member of an answer as a document; null when it is not there.
Json member(const JsonMembers& answer, std::string_view name) {
  const auto it = answer.find(name);
  return it == answer.end() ? Json() : parse_json(it->second);
}

// Whether a function may set it: not what says where the answer ends, nor what is of one connection (RFC
// 9110, 7.6.1).
bool is_settable(const std::string& lowered_name) {
  static const std::set<std::string> kOfServer{
      "connection", "content-length", "keep-alive",        "proxy-connection",
      "te",         "trailer",        "transfer-encoding", "upgrade"};
  return !kOfServer.contains(lowered_name);
}

// False: there are too many.
bool add_headers(HttpResponse& response, const JsonMembers& answer) {
  for (const char* name : {"headers", "cookies"})
    if (const auto it = answer.find(name); it != answer.end() && it->second.size() > kMaxFieldsText)
      return false;
  const Json headers = member(answer, "headers"), cookies = member(answer, "cookies");
  const std::size_t count =
      (headers.is_object() ? headers.size() : 0) + (cookies.is_array() ? cookies.size() : 0);
  if (count > kMaxFields) return false;
  std::size_t bytes = 0;
  std::map<std::string, Headers::Field> fields;  // by their names in lower case: of two the last counts
  fields["content-type"] = {"Content-Type", "application/json"};
  if (headers.is_object())
    for (const auto& [name, value] : headers.items()) {
      std::string known = lowered(name), text = text_of(value);
      bytes += name.size() + text.size();
      if (is_settable(known) && is_token(name) && is_field_value(text))
        fields[std::move(known)] = {name, std::move(text)};
    }
  for (auto& [known, field] : fields) response.headers.add(std::move(field.first), std::move(field.second));
  if (cookies.is_array())
    for (const Json& cookie : cookies) {
      std::string text = text_of(cookie);
      bytes += text.size();
      if (is_field_value(text)) response.headers.add("Set-Cookie", std::move(text));
    }
  return bytes <= kMaxFieldBytes;
}

// A string, or another value as the function wrote it. nullopt: base64 that is none.
std::optional<std::string> body_of(const JsonMembers& answer) {
  const auto it = answer.find("body");
  if (it == answer.end() || it->second == "null") return "";
  std::string body = it->second.starts_with('"') ? text_of(parse_json(it->second)) : std::string(it->second);
  return member(answer, "isBase64Encoded") == true ? base64_decode(body) : std::move(body);
}

// A whole number, or a string of one, as AWS takes too. nullopt: what is no status of a final answer.
std::optional<unsigned> status_of(const JsonMembers& answer) {
  const Json status = member(answer, "statusCode");
  const std::string text = status.is_number_integer() || status.is_string() ? text_of(status) : "";
  const bool is_status = text.size() == 3 && text[0] >= '2' && text[0] <= '5' && is_digits(text);
  return is_status ? std::optional(static_cast<unsigned>(std::stoul(text))) : std::nullopt;
}

// RFC 9110, 15.3.5, 15.3.6, 15.4.5: No Content, Reset Content, Not Modified.
bool has_body(unsigned status) { return status != 204 && status != 205 && status != 304; }

// Of /_lambda/url/<id>/...
std::string url_id(std::string_view path) {
  path.remove_prefix(kFunctionUrlPrefix.size());
  return std::string(path.substr(0, path.find('/')));
}

asio::awaitable<HttpResponse> run_url(Lambda& lambda, const Request& request, std::string id,
                                      std::string qualifier, FunctionPtr function) {
  std::string_view path = request.http.path().substr(kFunctionUrlPrefix.size() + id.size());
  if (path.empty()) path = "/";
  std::string event = url_event(request, id, path, lambda.clock.now());
  if (event.size() > kMaxPayloadBytes) co_return message(413, "Request Too Long");
  InvokeContext context;
  context.request_id = request.id;
  if (qualifier != kLatest) context.function_arn = function->arn() + ":" + qualifier;
  auto result =
      co_await run_function(lambda.functions, lambda.runner, function, std::move(event), std::move(context));
  if (result.has_error()) {
    const bool busy =
        result.error().why == NotRun::Why::throttled || result.error().why == NotRun::Why::reserved;
    co_return busy ? message(429, "Too Many Requests") : bad_gateway();
  }
  if (result->function_error) co_return bad_gateway();
  co_return url_response(std::move(result->payload));
}

}  // namespace

HttpResponse url_response(std::string payload) {
  const JsonCheck checked = check_json(payload, kMaxAnswerDepth);
  if (checked.form == JsonCheck::Form::too_deep) return bad_gateway();
  const JsonMembers answer =
      json_members(payload, {"statusCode", "headers", "cookies", "body", "isBase64Encoded"});
  HttpResponse response;
  if (!answer.contains("statusCode")) {
    response.headers.set("Content-Type", "application/json");
    // A string is its text; any other value its JSON, without white space.
    if (checked.form == JsonCheck::Form::good) payload = compact_json(payload);
    response.body = checked.form == JsonCheck::Form::good && payload.starts_with('"')
                        ? parse_json(payload).get<std::string>()
                        : std::move(payload);
    return response;
  }
  const std::optional<unsigned> status = status_of(answer);
  if (!status) return bad_gateway();
  response.status = *status;
  if (!add_headers(response, answer)) return bad_gateway();
  std::optional<std::string> body = body_of(answer);
  if (!body) return bad_gateway();
  if (has_body(*status)) response.body = std::move(*body);
  return response;
}

UrlConfigOutput describe(const Lambda& lambda, const Function& latest, const std::string& qualifier,
                         const FunctionUrl& url) {
  UrlConfigOutput out;
  out.url = lambda.options.public_url + std::string(kFunctionUrlPrefix) + url.id + "/";
  out.arn = qualifier == kLatest ? latest.arn() : latest.arn() + ":" + qualifier;
  out.created = iso8601(url.created);
  out.modified = iso8601(url.modified);
  if (url.cors) out.cors = config_of(*url.cors);
  return out;
}

std::optional<QualifiedFunction> url_target(const Lambda& lambda, const Caller& caller,
                                            std::string_view action, const UrlConfigInput& in) {
  const Target named = target_of(caller, action, in.name, in.qualifier);
  auto target = find_qualified(lambda.functions, named);
  // A version in the function's name, behind a colon; in Qualifier the pattern has refused it.
  if (target && named.qualifier && !lambda.functions.alias(*target->latest, *named.qualifier))
    return std::nullopt;
  return target;
}

ConfiguredUrl existing_url(std::optional<QualifiedFunction> target) {
  if (target) {
    const auto it = target->latest->urls.find(target->qualifier);
    if (it != target->latest->urls.end()) return {std::move(*target), it->second};
  }
  throw url_not_found();
}

void check_url_settings(const UrlConfigInput& in) {
  if (in.auth == "AWS_IAM")
    throw not_supported("AuthType AWS_IAM", "use NONE; anyone who knows the URL can then call the function");
  if (in.invoke_mode == "RESPONSE_STREAM") throw not_supported("InvokeMode RESPONSE_STREAM", "say BUFFERED");
}

std::optional<UrlCors> cors_of_url(const Lambda& lambda, const HttpRequest& head) {
  if (!head.path().starts_with(kFunctionUrlPrefix)) return std::nullopt;
  const auto target = lambda.functions.by_url(url_id(head.path()));
  return target ? existing_url(*target).url.cors : std::nullopt;
}

asio::awaitable<HttpResponse> serve_url(Lambda& lambda, Request& request) {
  const std::string id = url_id(request.http.path());
  const auto target = lambda.functions.by_url(id);
  const FunctionPtr function = target
                                   ? lambda.functions.choose(target->latest->account, target->latest->region,
                                                             target->latest->name, target->qualifier)
                                   : nullptr;
  if (!function) co_return no_such_url();
  co_return co_await run_url(lambda, request, id, target->qualifier, function);
}

}  // namespace millrace::lambda
