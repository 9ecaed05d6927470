// What all readers of event source mappings share.
#pragma once

#include <algorithm>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <thread>

#include "api/lambda/acting.h"
#include "api/lambda/events/destination.h"
#include "api/lambda/mappings/crashed_records.h"
#include "api/lambda/mappings/mapping_store.h"
#include "api/lambda/runner.h"
#include "api/lambda/store.h"
#include "api/lambda/streams.h"
#include "storage/duties.h"
#include "storage/losses.h"
#include "storage/probe.h"
#include "storage/shard_log.h"

namespace millrace::functions {

// Outlives the readers.
struct MappingShared {
  lambda::Mappings& mappings;
  const lambda::Functions& functions;
  lambda::FunctionRunner& runner;
  const lambda::StreamDirectory& streams;
  lambda::Destinations& destinations;
  storage::ShardLog& log;
  storage::Duties& duties;  // units: mapping/<uuid> (its removal), mapping/<uuid>/<shard number>
  const Clock& clock;
  Probes& probes;
  storage::Losses* losses = nullptr;  // none: seen by nobody
  lambda::CrashedRecords* crashed = nullptr;
  lambda::RoleCheck role_check{};
  // Whom the mapping reads its stream as: the function's role.
  [[nodiscard]] Principal reader_of(const lambda::Mapping& mapping) const {
    return lambda::acting_for(functions.find(mapping.account, mapping.region, mapping.function),
                              mapping.account, mapping.region);
  }
  // Where filters are evaluated, which takes time by the records' size.
  std::shared_ptr<boost::asio::thread_pool> filter_threads =
      std::make_shared<boost::asio::thread_pool>(std::max(1u, std::thread::hardware_concurrency() / 2));
};

}  // namespace millrace::functions
