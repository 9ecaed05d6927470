#include "api/lambda/function_url.h"

#include "api/core/base64.h"
#include "api/core/dates.h"
#include "api/lambda/configuration.h"
#include "api/lambda/errors.h"
#include "api/lambda/invocation.h"
#include "api/lambda/names.h"

namespace millrace::lambda {

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool is_text(std::string_view content_type) {
  for (const char* kind : {"text/", "application/json", "application/javascript", "application/xml"})
    if (content_type.starts_with(kind)) return true;
  return false;
}

// "31/Jan/2026:12:34:56 +0000"
std::string clf_time(Time t) {
  const std::time_t s = t.time_since_epoch().count() / 1000;
  std::tm parts{};
  gmtime_r(&s, &parts);
  char out[40];
  return {out, std::strftime(out, sizeof out, "%d/%b/%Y:%H:%M:%S +0000", &parts)};
}

void join(Json& object, const std::string& name, std::string_view value) {
  Json& place = object[name];
  place = place.is_null() ? std::string(value) : place.get<std::string>() + "," + std::string(value);
}

// The event of payload format 2.0.
Json event_of(const Request& request, const std::string& id, std::string_view path, Time now) {
  const HttpRequest& http = request.http;
  Json event{{"version", "2.0"},
             {"routeKey", "$default"},
             {"rawPath", percent_decode(path)},
             {"rawQueryString", std::string(http.query())}};
  Json headers = Json::object();
  for (const auto& [name, value] : http.headers) {
    if (lower(name) == "cookie")
      event["cookies"].push_back(value);
    else
      join(headers, lower(name), value);
  }
  event["headers"] = std::move(headers);
  for (const auto& [name, value] : parse_query(http.query()))
    join(event["queryStringParameters"], name, value);
  const std::string host(http.headers.get("host"));
  event["requestContext"] = {{"accountId", "anonymous"},
                             {"apiId", id},
                             {"domainName", host},
                             {"domainPrefix", id},
                             {"http",
                              {{"method", http.method},
                               {"path", percent_decode(path)},
                               {"protocol", "HTTP/1.1"},
                               {"userAgent", std::string(http.headers.get("user-agent"))}}},
                             {"requestId", request.id},
                             {"routeKey", "$default"},
                             {"stage", "$default"},
                             {"time", clf_time(now)},
                             {"timeEpoch", now.time_since_epoch().count()}};
  const bool text = is_text(http.headers.get("content-type"));
  if (!http.body.empty()) event["body"] = text ? http.body : base64_encode(http.body);
  event["isBase64Encoded"] = !http.body.empty() && !text;
  return event;
}

HttpResponse message(unsigned status, const char* text) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = Json{{"Message", text}}.dump();
  return response;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// A function's answer: an object with a statusCode says all; anything else is the body.
HttpResponse response_of(std::string payload) {
  const Json answer = Json::parse(payload, nullptr, false);
  HttpResponse response;
  response.headers.set("Content-Type", "application/json");
  if (!answer.is_object() || !answer.contains("statusCode")) {
    response.body = std::move(payload);
    return response;
  }
  const Json& status = answer["statusCode"];
  if (!status.is_number_integer() || status < 100 || status > 599)
    return message(502, "Internal Server Error");
  response.status = status.get<unsigned>();
  if (answer.contains("headers") && answer["headers"].is_object())
    for (const auto& [name, value] : answer["headers"].items()) {
      const std::string known = lower(name);
      if (known != "content-length" && known != "transfer-encoding" && known != "connection")
        response.headers.set(name, text_of(value));
    }
  if (answer.contains("cookies") && answer["cookies"].is_array())
    for (const Json& cookie : answer["cookies"]) response.headers.add("Set-Cookie", text_of(cookie));
  std::string body = answer.contains("body") && !answer["body"].is_null() ? text_of(answer["body"]) : "";
  if (answer.value("isBase64Encoded", false)) {
    auto decoded = base64_decode(body);
    if (!decoded) return message(502, "Internal Server Error");
    body = std::move(*decoded);
  }
  response.body = std::move(body);
  return response;
}

}  // namespace

UrlConfigOutput describe(const Lambda& lambda, const Function& latest, const std::string& qualifier,
                         const FunctionUrl& url) {
  UrlConfigOutput out;
  out.url = lambda.options.public_url + std::string(kFunctionUrlPrefix) + url.id + "/";
  out.arn = qualifier == kLatest ? latest.arn() : latest.arn() + ":" + qualifier;
  out.created = iso8601(url.created);
  out.modified = iso8601(url.modified);
  return out;
}

QualifiedFunction url_target(const Lambda& lambda, const Caller& caller, std::string_view action,
                             const UrlConfigInput& in) {
  QualifiedFunction target =
      get_qualified(lambda.functions, target_of(caller, action, in.name, in.qualifier));
  const Function& f = *target.latest;
  const bool number = target.qualifier != kLatest && !lambda.functions.alias(f, target.qualifier);
  if (number)
    throw not_supported("A function URL of a version", "make an alias for it, as AWS asks for, too");
  return target;
}

const FunctionUrl& existing_url(const QualifiedFunction& target) {
  const auto it = target.latest->urls.find(target.qualifier);
  if (it == target.latest->urls.end()) throw url_not_found();
  return it->second;
}

void check_url_settings(const UrlConfigInput& in) {
  if (in.auth == "AWS_IAM")
    throw not_supported("AuthType AWS_IAM", "say NONE; whoever knows the URL may call it");
  if (in.invoke_mode == "RESPONSE_STREAM") throw not_supported("InvokeMode RESPONSE_STREAM", "say BUFFERED");
  if (in.cors && !is_neutral(*in.cors))
    throw not_supported("Cors",
                        "leave it out: all of the server's answers may be read by pages of any origin");
}

asio::awaitable<HttpResponse> serve_url(Lambda& lambda, Request& request) {
  std::string_view path = request.http.path().substr(kFunctionUrlPrefix.size());
  const std::string id(path.substr(0, path.find('/')));
  path.remove_prefix(id.size());
  if (path.empty()) path = "/";
  const auto target = lambda.functions.by_url(id);
  const FunctionPtr function = target ? lambda.functions.find(target->latest->account, target->latest->region,
                                                              target->latest->name, target->qualifier)
                                      : nullptr;
  if (!function) co_return message(403, "Forbidden");
  std::string event =
      event_of(request, id, path, lambda.clock.now()).dump(-1, ' ', false, Json::error_handler_t::replace);
  if (event.size() > kMaxPayloadBytes) co_return message(413, "Request Too Long");
  InvokeContext context;
  context.request_id = request.id;
  if (target->qualifier != kLatest) context.function_arn = function->arn() + ":" + target->qualifier;
  auto result =
      co_await run_function(lambda.functions, lambda.runner, function, std::move(event), std::move(context));
  if (result.has_error()) {
    const bool busy =
        result.error().why == NotRun::Why::throttled || result.error().why == NotRun::Why::reserved;
    co_return busy ? message(429, "Too Many Requests") : message(502, "Internal Server Error");
  }
  if (result->function_error) co_return message(502, "Internal Server Error");
  co_return response_of(std::move(result->payload));
}

}  // namespace millrace::lambda
