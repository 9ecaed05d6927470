#include "api/lambda/urls/url_event.h"

#include "api/core/ascii.h"
#include "api/core/base64.h"
#include "api/core/json.h"
#include "api/lambda/model.h"
#include "storage/base/times.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

bool is_text(const std::string& content_type) {
  for (const char* kind : {"text/", "application/json", "application/javascript", "application/xml"})
    if (content_type.starts_with(kind)) return true;
  return false;
}

// "31/Jan/2026:12:34:56 +0000"
std::string clf_time(Time t) { return utc_text(t, "%d/%b/%Y:%H:%M:%S +0000"); }

void join(Json& object, const std::string& name, std::string_view value) {
  Json& place = object[name];
  place = place.is_null() ? std::string(value) : place.get<std::string>() + "," + std::string(value);
}

// "a=1; b=2": one element a cookie.
void add_cookies(Json& event, std::string_view field) {
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    std::string_view cookie = field.substr(0, end);
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    while (cookie.ends_with(' ')) cookie.remove_suffix(1);
    if (!cookie.empty()) event["cookies"].push_back(std::string(cookie));
    field.remove_prefix(end == std::string_view::npos ? field.size() : end + 1);
  }
}

// The port that the client connected to, as it wrote it, or its scheme's.
std::string port_of(std::string_view host, bool secure) {
  const std::size_t colon = host.rfind(':');
  const bool given = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  return given ? std::string(host.substr(colon + 1)) : secure ? "443" : "80";
}

// X-Ray's form: 1-<seconds, 8 hex digits>-<24 hex digits>.
std::string trace_id(Time now) {
  char seconds[16];
  std::snprintf(seconds, sizeof seconds, "%08llx",
                static_cast<unsigned long long>(now.time_since_epoch().count() / 1000) & 0xffffffffULL);
  std::string random = new_uuid();
  std::erase(random, '-');
  return std::string("Root=1-") + seconds + "-" + random.substr(0, 24);
}

// The client's fields, and those that AWS's front end sets, whatever the client sent under their names.
Json headers_of(const Request& request, Json& event, Time now) {
  const HttpRequest& http = request.http;
  Json headers = Json::object();
  for (const auto& [name, value] : http.headers) {
    if (lowered(name) == "cookie")
      add_cookies(event, value);
    else
      join(headers, lowered(name), value);
  }
  headers["x-forwarded-for"] = http.source;
  headers["x-forwarded-proto"] = http.secure ? "https" : "http";
  headers["x-forwarded-port"] = port_of(http.headers.get("host"), http.secure);
  if (!headers.contains("x-amzn-trace-id")) headers["x-amzn-trace-id"] = trace_id(now);
  return headers;
}

}  // namespace

std::string url_event(const Request& request, const std::string& id, std::string_view path, Time now) {
  const HttpRequest& http = request.http;
  Json event{{"version", "2.0"},
             {"routeKey", "$default"},
             {"rawPath", percent_decode(path)},
             {"rawQueryString", std::string(http.query())}};
  event["headers"] = headers_of(request, event, now);
  for (const auto& [name, value] : parse_query(http.query()))
    join(event["queryStringParameters"], name, value);
  event["requestContext"] = {{"accountId", "anonymous"},
                             {"apiId", id},
                             {"domainName", std::string(http.headers.get("host"))},
                             {"domainPrefix", id},
                             {"http",
                              {{"method", http.method},
                               {"path", percent_decode(path)},
                               {"protocol", "HTTP/1.1"},
                               {"sourceIp", http.source},
                               {"userAgent", std::string(http.headers.get("user-agent"))}}},
                             {"requestId", request.id},
                             {"routeKey", "$default"},
                             {"stage", "$default"},
                             {"time", clf_time(now)},
                             {"timeEpoch", now.time_since_epoch().count()}};
  const bool text = is_text(lowered(std::string(http.headers.get("content-type"))));
  if (!http.body.empty()) event["body"] = text ? http.body : base64_encode(http.body);
  event["isBase64Encoded"] = !http.body.empty() && !text;
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace millrace::lambda
