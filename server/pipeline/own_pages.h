// The server's own pages, for probes and scrapers, who are no clients of AWS:
//
//   GET  /metrics         what is counted, as Prometheus has it
//   GET  /health/live     whether the server runs
//   GET  /health, /health/ready   whether it takes requests, and why not
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "api/core/service.h"
#include "storage/probe.h"

namespace millrace {

// What the pages need to know of the rest of the server.
class Status {
 public:
  virtual ~Status() = default;
  // Empty when the server takes requests, else why not.
  [[nodiscard]] virtual std::string not_ready() const = 0;
  // Brings those gauges up to date that nothing else sets.
  virtual void refresh_gauges() = 0;
};

// Owned by the application. Safe from any executor.
class OwnPages final : public Service {
 public:
  OwnPages(Status& status, Probes& probes) : status_(status), probes_(probes) {}

  // Unsigned requests alone: a signed one for such a name is S3's.
  [[nodiscard]] static bool is_for(const HttpRequest& head);

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override;
  [[nodiscard]] ApiError internal_failure() const override { return {500, "", "internal error"}; }
  [[nodiscard]] std::uint64_t max_body() const override { return 0; }
  [[nodiscard]] ApiError too_large() const override { return {413, "", "no body is taken"}; }

 private:
  Status& status_;
  Probes& probes_;
  asio::thread_pool scrapes_{1};  // hundreds of thousands of series take their time
};

}  // namespace millrace
