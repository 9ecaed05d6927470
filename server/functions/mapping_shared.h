// What all readers of event source mappings share.
#pragma once

#include "api/lambda/destination.h"
#include "api/lambda/mapping_store.h"
#include "api/lambda/runner.h"
#include "api/lambda/store.h"
#include "api/lambda/streams.h"
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
  const Clock& clock;
  Probes& probes;
};

}  // namespace millrace::functions
