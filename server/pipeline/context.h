// What a request has with it on its way through the pipeline, and what all requests share there.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>

#include "api/core/begun.h"
#include "api/lambda/urls/url_cors.h"
#include "server/access/authenticator.h"
#include "server/net/handler.h"
#include "server/network.h"
#include "server/pipeline/admin.h"
#include "server/pipeline/host.h"
#include "server/pipeline/origin.h"
#include "server/pipeline/own_pages.h"
#include "server/pipeline/route.h"
#include "storage/probe.h"

namespace millrace {

// Outlives every request. Safe from any thread.
struct PipelineParts {
  // The Cors configuration of the function URL that a request is for, if it has one: it then decides in place
  // of `origins` which other pages may ask.
  using UrlCors = std::function<std::optional<lambda::UrlCors>(const HttpRequest& head)>;

  Routes routes;
  HostCheck hosts;
  OriginCheck origins;
  UrlCors url_cors;
  Admin& admin;
  OwnPages& own_pages;
  Probes& probes;
  std::string default_region;
  Networks proxies;  // trusted to say whose requests they pass on
  // nullptr, both: signatures are not verified, and every caller may do everything.
  access::Authenticator* authenticator = nullptr;
  const Authorizer* authorizer = nullptr;
};

// The page /metrics among the services of a listener.
inline constexpr std::string_view kMetricsPage = "metrics";

// Where requests come in.
struct Listener {
  std::string name;
  std::vector<std::string> services;  // what is served there, by the names of services; empty: all

  [[nodiscard]] bool serves(std::string_view service) const {
    return services.empty() || std::find(services.begin(), services.end(), service) != services.end();
  }
};

// One request. Each member is set by one step, and read by those behind it.
struct Context {
  const Listener* listener = nullptr;
  net::Peer peer;
  Request request;
  std::unique_ptr<BegunRequest> begun;  // where the service looked at the head
  // A signature that the body is needed for; nullptr: there is none, or it has been verified.
  std::unique_ptr<access::UnverifiedSignature> unverified;
  std::uint64_t max_body = 0;  // the largest body that is read
  Service* service = nullptr;  // whom the request is for; from the route on
  // Set where the answer goes out as it is: to no client of AWS, or complete already.
  bool plain = false;
  Page page = Page::foreign;            // which page in a browser sends it; the worst until it is known
  std::optional<lambda::UrlCors> cors;  // of the function URL, where another page asks
  std::optional<HttpResponse> answer;   // once there is one
  std::chrono::steady_clock::time_point handled_since;  // when all of it was there
  bool handled = false;                                 // it was; else it was refused by its head
};

}  // namespace millrace
