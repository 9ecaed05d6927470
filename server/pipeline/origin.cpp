#include "server/pipeline/origin.h"

#include <algorithm>

#include "server/pipeline/refusal.h"
#include "server/pipeline/steps.h"
#include "server/request_id.h"

namespace millrace {

namespace {

bool fits(const Origin& origin, const Origin& pattern) {
  return origin.scheme == pattern.scheme && origin.authority.port == pattern.authority.port &&
         host_matches(origin.authority.host, pattern.authority.host);
}

bool is_web(const Origin& origin) { return origin.scheme == "http" || origin.scheme == "https"; }

// Whether a user opens a page: a link that was followed, an address that was typed. Older browsers, and all
// over plain HTTP to other machines, tell by what they take alone.
bool opens_a_page(const HttpRequest& head) {
  if (head.method != "GET" && head.method != "HEAD") return false;
  if (const auto mode = head.headers.find("sec-fetch-mode"))
    return *mode == "navigate" && head.headers.get("sec-fetch-dest") == "document";
  return head.headers.get("accept").find("text/html") != std::string_view::npos;
}

}  // namespace

OriginCheck::OriginCheck(const std::string& public_url, std::vector<std::string> allowed)
    : own_(origin_of_url(public_url)) {
  for (const std::string& text : allowed) {
    if (text == "*") all_ = true;
    if (auto origin = parse_origin(text)) allowed_.push_back(std::move(*origin));
  }
}

Page OriginCheck::page_of(const HttpRequest& head) const {
  if (const auto origin = head.headers.find("origin")) return page_at(parse_origin(*origin), head);
  const auto site = head.headers.find("sec-fetch-site");
  const auto referer = head.headers.find("referer");
  const bool of_other_page = site ? *site != "none" && *site != "same-origin" : referer.has_value();
  if (!of_other_page || opens_a_page(head)) return Page::none;
  if (!referer) return all_ ? Page::allowed : Page::foreign;
  const auto origin = origin_of_url(*referer);
  // What is no web page (an application's name) is no threat, unless a browser says that it is one.
  if (!origin || !is_web(*origin)) return site && !all_ ? Page::foreign : Page::none;
  return page_at(origin, head);
}

Page OriginCheck::page_at(const std::optional<Origin>& origin, const HttpRequest& head) const {
  if (!origin) return all_ ? Page::allowed : Page::foreign;  // "null" too: any page can have that
  const auto host = parse_origin(origin->scheme + "://" + std::string(head.headers.get("host")));
  if (host == origin || (own_ && *own_ == *origin)) return Page::own;
  const bool loopback = is_web(*origin) && origin->authority.is_loopback();
  const auto listed = [&](const Origin& pattern) { return fits(*origin, pattern); };
  return all_ || loopback || std::any_of(allowed_.begin(), allowed_.end(), listed) ? Page::allowed
                                                                                   : Page::foreign;
}

std::string foreign_page_refusal(const HttpRequest& head) {
  const auto origin = head.headers.find("origin");
  return "This server does not accept requests of web pages from " +
         (origin ? std::string(*origin) : std::string("other sites")) +
         ". To allow them, start the server with --allow-origins " +
         (origin && *origin != "null" ? std::string(*origin) : "ORIGIN") +
         "; for a function URL, change its Cors configuration.";
}

bool is_preflight(const HttpRequest& head) {
  return head.method == "OPTIONS" && head.headers.find("origin").has_value();
}

HttpResponse answer_preflight(const HttpRequest& head) {
  HttpResponse response;
  response.headers.add("Access-Control-Allow-Origin", std::string(head.headers.get("origin")));
  if (const auto wanted = head.headers.find("access-control-request-headers"))
    response.headers.add("Access-Control-Allow-Headers", std::string(*wanted));
  if (const auto wanted = head.headers.find("access-control-request-method"))
    response.headers.add("Access-Control-Allow-Methods", std::string(*wanted));
  response.headers.add("Access-Control-Max-Age", "172800");
  response.headers.add("Vary", "Origin");
  return response;
}

void let_page_read(HttpResponse& response, const std::string& origin) {
  if (origin.empty()) return;
  response.headers.set("Access-Control-Allow-Origin", origin);
  response.headers.set("Access-Control-Expose-Headers",
                       "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,"
                       "Date");
  response.headers.add("Vary", "Origin");
}

namespace steps {

void check_origin(const PipelineParts& parts, Context& context) {
  const HttpRequest& head = context.request.http;
  context.page = parts.origins.page_of(head);
  if (context.page == Page::none || context.page == Page::own) return;
  context.cors = parts.url_cors(head);
  if (context.cors ? may_call(*context.cors, head) : context.page != Page::foreign) return;
  context.request.operation = "(foreign page)";
  throw access_refused(*context.service, foreign_page_refusal(head));
}

// Unsigned and without a body: no service would take it.
void answer_preflight(const PipelineParts&, Context& context) {
  const HttpRequest& head = context.request.http;
  if (context.plain || !is_preflight(head)) return;
  context.answer =
      context.cors ? lambda::preflight_answer(*context.cors, head) : millrace::answer_preflight(head);
  context.answer->headers.set("x-amzn-RequestId", context.request.id);
  context.plain = true;
}

void let_pages_read(const PipelineParts&, Context& context) {
  if (context.plain) return;
  const std::string reader(context.request.http.headers.get("origin"));
  if (!context.cors) {
    if (context.page != Page::foreign) let_page_read(*context.answer, reader);
  } else if (context.handled && !reader.empty()) {
    lambda::let_page_read(*context.answer, *context.cors, reader);
  }
}

}  // namespace steps

}  // namespace millrace
