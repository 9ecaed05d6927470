// The way of a request between the socket and its service. The order of the steps is behaviour: clients see
// which error comes first.
#pragma once

#include <atomic>

#include "server/net/handler.h"
#include "server/pipeline/admin.h"
#include "server/pipeline/route.h"
#include "storage/probe.h"

namespace millrace {

// What /health/ready and /metrics need to know of the rest of the server.
class Status {
 public:
  virtual ~Status() = default;
  // Empty when the server takes requests, else why not.
  [[nodiscard]] virtual std::string not_ready() const = 0;
  // Brings those gauges up to date that nothing else sets.
  virtual void refresh_gauges() = 0;
};

class Pipeline final : public net::Handler {
 public:
  Pipeline(Routes routes, Status& status, Admin& admin, Probes& probes, std::string default_region);

  [[nodiscard]] std::uint64_t max_body(const HttpRequest& head) const override;
  [[nodiscard]] HttpResponse too_large(const HttpRequest& head) override;
  [[nodiscard]] std::uint64_t answer_memory(const HttpRequest& head) const override;
  [[nodiscard]] HttpResponse overloaded(const HttpRequest& head) override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(HttpRequest request) override;

 private:
  struct OperationProbes {
    Histogram& seconds;
    Counter &ok, &client_errors, &server_errors;
  };

  asio::awaitable<HttpResponse> answer(Service& service, Request& request);
  HttpResponse refuse(const HttpRequest& head, const ApiError& error, std::string_view why);
  const Service& service_of(const HttpRequest& head) const;
  HttpResponse own_page(const HttpRequest& request);
  OperationProbes& probes_of(std::string_view service, std::string_view operation);

  const Routes routes_;
  Status& status_;
  Admin& admin_;
  Probes& probes_;
  const std::string default_region_;
};

}  // namespace millrace
