#include "api/logs/service.h"

#include "api/core/aws_json.h"
#include "api/core/on_worker.h"
#include "api/logs/errors.h"

namespace millrace::logs {

extern const Operation kDeleteRetentionPolicy, kDescribeLogGroups, kDescribeLogStreams, kFilterLogEvents,
    kGetLogEvents, kPutRetentionPolicy;

namespace {

constexpr std::string_view kTargetPrefix = "Logs_20140328";

const Operation* const kOperations[] = {
    &kDeleteRetentionPolicy, &kDescribeLogGroups, &kDescribeLogStreams,
    &kFilterLogEvents,       &kGetLogEvents,      &kPutRetentionPolicy,
};

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

asio::awaitable<HttpResponse> Logs::handle(Request& request) {
  co_return co_await handle_aws_json(kOperations, this, kTargetPrefix, max_body(), request);
}
HttpResponse Logs::error(const ApiError& e, const Request& request) const {
  return aws_json_error(e, request.cbor);
}
ApiError Logs::internal_failure() const { return internal(); }
ApiError Logs::too_large() const {
  return {413, "RequestEntityTooLargeException", "The request is too large."};
}

asio::awaitable<std::vector<LogEvent>> Logs::events(const Caller& caller, std::string group) {
  const auto read = [&] { return source.events(caller.account, caller.region, group); };
  auto found = co_await on_worker(workers, read);
  if (!found) throw group_not_found();
  co_return std::move(*found);
}

asio::awaitable<std::vector<LogGroup>> Logs::groups(const Caller& caller) {
  const auto read = [&] { return source.groups(caller.account, caller.region); };
  co_return co_await on_worker(workers, read);
}

asio::awaitable<void> Logs::retain(const Caller& caller, std::string group, std::optional<int> days) {
  const auto write = [&] { return source.retain(caller.account, caller.region, group, days); };
  if (!co_await on_worker(workers, write)) throw group_not_found();
}

}  // namespace millrace::logs
