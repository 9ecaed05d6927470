// CloudWatch Logs, as far as functions write and people read.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <span>

#include "api/core/operation.h"
#include "api/core/service.h"
#include "api/logs/log_source.h"

namespace millrace::logs {

// Owned by the application; the operations reach its parts.
class Logs final : public Service {
 public:
  explicit Logs(LogSource& the_source) : source(the_source) {}
  ~Logs() override { workers.join(); }

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] ApiError internal_failure() const override;
  [[nodiscard]] std::uint64_t max_body() const override { return 1u << 20; }
  [[nodiscard]] ApiError too_large() const override;

  // All events that are kept of a group, oldest first. Throws group_not_found.
  [[nodiscard]] asio::awaitable<std::vector<LogEvent>> events(const Caller& caller, std::string group);
  [[nodiscard]] asio::awaitable<std::vector<LogGroup>> groups(const Caller& caller);
  // Throws group_not_found.
  [[nodiscard]] asio::awaitable<void> retain(const Caller& caller, std::string group,
                                             std::optional<int> days);

  LogSource& source;
  asio::thread_pool workers{1};  // reads the files
};

// Every operation that is answered.
[[nodiscard]] std::span<const Operation* const> operations();
[[nodiscard]] const ServiceModel& service_model();

}  // namespace millrace::logs
