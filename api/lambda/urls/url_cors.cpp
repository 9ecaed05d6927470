#include "api/lambda/urls/url_cors.h"

#include <algorithm>

namespace millrace::lambda {

namespace {

using Texts = std::vector<std::string>;

bool holds(const Texts& texts, std::string_view wanted) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return equals_ignoring_case(text, wanted); });
}
bool allows(const Texts& texts, std::string_view wanted) { return holds(texts, "*") || holds(texts, wanted); }

std::string joined(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ",") + text;
  return out;
}

// A list for a header; where it has "*", what the page asks for.
void add_list(HttpResponse& response, const char* name, const Texts& texts, std::string_view asked) {
  const std::string list = holds(texts, "*") && !asked.empty() ? std::string(asked) : joined(texts);
  if (!list.empty()) response.headers.set(name, list);
}

void allow_origin(HttpResponse& response, const UrlCors& cors, std::string_view origin) {
  response.headers.set("Access-Control-Allow-Origin", std::string(origin));
  // Not for "*": every page could then act as the user whose browser shows it.
  if (cors.allow_credentials && holds(cors.allow_origins, origin))
    response.headers.set("Access-Control-Allow-Credentials", "true");
  response.headers.add("Vary", "Origin");
}

}  // namespace

UrlCors cors_of(const CorsConfig& c) {
  return {c.allow_credentials.value_or(false), c.allow_headers.value_or(Texts()),
          c.allow_methods.value_or(Texts()),   c.allow_origins.value_or(Texts()),
          c.expose_headers.value_or(Texts()),  c.max_age};
}

CorsConfig config_of(const UrlCors& c) {
  const auto list = [](const Texts& texts) { return texts.empty() ? std::nullopt : std::optional(texts); };
  CorsConfig out;
  if (c.allow_credentials) out.allow_credentials = true;
  out.allow_headers = list(c.allow_headers);
  out.allow_methods = list(c.allow_methods);
  out.allow_origins = list(c.allow_origins);
  out.expose_headers = list(c.expose_headers);
  out.max_age = c.max_age_s;
  return out;
}

bool may_call(const UrlCors& cors, const HttpRequest& head) {
  if (!allows(cors.allow_origins, head.headers.get("origin"))) return false;
  return head.method == "OPTIONS" || cors.allow_methods.empty() || allows(cors.allow_methods, head.method);
}

HttpResponse preflight_answer(const UrlCors& cors, const HttpRequest& head) {
  HttpResponse response;
  allow_origin(response, cors, head.headers.get("origin"));
  add_list(response, "Access-Control-Allow-Methods", cors.allow_methods,
           head.headers.get("access-control-request-method"));
  add_list(response, "Access-Control-Allow-Headers", cors.allow_headers,
           head.headers.get("access-control-request-headers"));
  if (cors.max_age_s) response.headers.set("Access-Control-Max-Age", std::to_string(*cors.max_age_s));
  return response;
}

void let_page_read(HttpResponse& response, const UrlCors& cors, std::string_view origin) {
  allow_origin(response, cors, origin);
  add_list(response, "Access-Control-Expose-Headers", cors.expose_headers, "");
}

}  // namespace millrace::lambda
