// Lambda as a service: functions, their invocation, and event source mappings.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <span>

#include "api/core/operation.h"
#include "api/lambda/acting.h"
#include "api/lambda/events/destination.h"
#include "api/lambda/events/event_queue.h"
#include "api/lambda/functions/code_store.h"
#include "api/lambda/layers/layer_store.h"
#include "api/lambda/mappings/mapping_control.h"
#include "api/lambda/mappings/mapping_store.h"
#include "api/lambda/runner.h"
#include "api/lambda/store.h"
#include "api/lambda/streams.h"
#include "storage/probe.h"

namespace millrace::lambda {

struct LambdaOptions {
  std::string public_url;     // of this server, for links to code; no slash at its end
  unsigned max_workers = 16;  // at a time, as GetAccountSettings says
  EventQueueOptions events;
  // Whether the trust policy of a role lets Lambda assume it. Empty: every role can be used (`--auth off`).
  std::function<bool(const std::string& role_arn)> can_assume{};
};

// What event source mappings read from, and who reads for them.
struct MappingParts {
  const StreamDirectory& streams;
  storage::ShardLog& log;
  MappingControl& control;
  Destinations& destinations;
  RoleCheck role_check{};
};

// Owned by the application; the operations reach its parts.
class Lambda final : public Service {
 public:
  // Accepted events run on `executor`.
  Lambda(asio::any_io_executor executor, storage::Catalog& catalog, CodeStore& code, FunctionRunner& runner,
         MappingParts mapping_parts, const Clock& clock, Probes& probes, LambdaOptions options);

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] ApiError internal_failure() const override;
  [[nodiscard]] std::uint64_t max_body() const override;
  [[nodiscard]] ApiError too_large() const override;

  // Awaited once, before the first request: keeps the seal, and removes code that no function uses.
  [[nodiscard]] asio::awaitable<void> start();

  // Throws role_not_assumable if the request names a role that functions cannot run with.
  void check_role(const std::optional<std::string>& role) const;
  // The document of the resource policy of a function, a version, an alias or a layer's version, without a
  // copy and from memory; nullptr: it has none.
  [[nodiscard]] std::shared_ptr<const std::string> policy_document(const Resource& resource) const;

  CodeStore& code;
  FunctionRunner& runner;
  const MappingParts mapping_parts;
  const Clock& clock;
  const LambdaOptions options;
  Functions functions;
  Layers layers;
  Mappings mappings;
  EventQueue events;
  asio::thread_pool inspectors{1};  // of archives that are uploaded
};

// Every operation that is answered.
[[nodiscard]] std::span<const Operation* const> operations();
[[nodiscard]] const ServiceModel& service_model();

// Where the paths of this service begin.
[[nodiscard]] std::span<const char* const> path_prefixes();

}  // namespace millrace::lambda
