#include "api/logs/service.h"

#include "api/core/protocols/codec.h"
#include "api/logs/errors.h"
#include "storage/base/on_pool.h"

namespace millrace::logs {

extern const Operation kDeleteRetentionPolicy, kDescribeLogGroups, kDescribeLogStreams, kFilterLogEvents,
    kGetLogEvents, kPutRetentionPolicy;

namespace {

constexpr std::string_view kTargetPrefix = "Logs_20140328";
constexpr std::string_view kViolated = " failed to satisfy constraint: ";

const Operation* const kOperations[] = {
    &kDeleteRetentionPolicy, &kDescribeLogGroups, &kDescribeLogStreams,
    &kFilterLogEvents,       &kGetLogEvents,      &kPutRetentionPolicy,
};

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

const ServiceModel& service_model() {
  static constexpr ServiceModel kModel{.name = "logs",
                                       .protocols = bit_of(Protocol::json_1_1, Protocol::cbor_1_1),
                                       .target = kTargetPrefix,
                                       .operations = kOperations};
  return kModel;
}
const ServiceModel& Logs::model() const { return service_model(); }

asio::awaitable<HttpResponse> Logs::handle(Request& request) {
  // Here a violated constraint of the model has a code of its own (LocalStack's recording
  // test_get_log_events_limit_validation).
  try {
    co_return co_await handle_rpc(service_model(), this, max_body(), request);
  } catch (const ApiError& e) {
    if (e.code() != "ValidationException" || e.message().find(kViolated) == std::string::npos) throw;
    throw constraint_violated(e.message());
  }
}
ApiError Logs::internal_failure() const { return internal(); }
ApiError Logs::too_large() const {
  return {413, "RequestEntityTooLargeException", "The request is too large."};
}

asio::awaitable<std::vector<LogEvent>> Logs::events(const Caller& caller, std::string group) {
  const auto read = [&] { return source.events(caller.account, caller.region, group); };
  auto found = co_await on_pool(workers, read);
  if (!found) throw group_not_found();
  co_return std::move(*found);
}

asio::awaitable<std::vector<LogGroup>> Logs::groups(const Caller& caller) {
  const auto read = [&] { return source.groups(caller.account, caller.region); };
  co_return co_await on_pool(workers, read);
}

asio::awaitable<void> Logs::retain(const Caller& caller, std::string group, std::optional<int> days) {
  const auto write = [&] { return source.retain(caller.account, caller.region, group, days); };
  if (!co_await on_pool(workers, write)) throw group_not_found();
}

}  // namespace millrace::logs
