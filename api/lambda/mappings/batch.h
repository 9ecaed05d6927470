// Rules of event source mappings that need no I/O: the event that a function sees, what its answer says of
// the batch, and the pauses between tries. Source: docs.aws.amazon.com/lambda, "Kinesis as an event source".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "storage/records.h"

namespace millrace::lambda {

// The largest event, as JSON.
inline constexpr std::size_t kMaxBatchBytes = 6u << 20;

// What all records of an event have in common.
struct EventSource {
  std::string arn, region, role, shard;  // shard: shardId-000000000000
};

struct EventRecord {
  storage::Record record;
  std::string sequence_number;
};

// An aggregation under way: what the function made of the records of one tumbling window so far.
struct WindowState {
  Time start, end;
  std::string state = "{}";  // JSON
};

// What an event says of its tumbling window.
struct EventWindow {
  const WindowState* state = nullptr;
  bool final = false;  // no records follow: the last invocation for this window
};

// The event that a function is given: {"Records": [...]} with AWS's keys in AWS's order; of a tumbling
// window, when there is one.
[[nodiscard]] std::string kinesis_event(const EventSource& source, std::span<const EventRecord> records,
                                        const EventWindow& window = {});

// How many of `records` fit into an event of kMaxBatchBytes; at least one, whatever its size.
[[nodiscard]] std::size_t records_that_fit(const EventSource& source, std::span<const EventRecord> records,
                                           const EventWindow& window = {});

// The tumbling window, without a state yet, that a record of that arrival belongs to. Windows align to the
// epoch.
[[nodiscard]] WindowState window_of(Time arrival, std::chrono::seconds length);

// Of one shard and window, as JSON; what is larger ends its window early.
inline constexpr std::size_t kMaxWindowStateBytes = 1u << 20;

// The state in the answer of a function whose mapping has a tumbling window: {"state": {...}}, as the
// function wrote it, without white space. nullopt: there is none, or the answer is nested too deeply
// (kMaxJsonDepth); the invocation counts as failed.
[[nodiscard]] std::optional<std::string> read_window_answer(std::string_view answer);

// How much of a batch an answer settles: the records before `settled` are done, those from it on are to be
// tried again. `settled` == the batch's size: all are.
struct BatchAnswer {
  std::size_t settled = 0;
};

// Reads the answer of a function whose mapping has ReportBatchItemFailures: {"batchItemFailures":
// [{"itemIdentifier": sequence number}]}. Records before the lowest one named are done. Nothing named: all
// done. A name that is none of the batch, or an answer of another form or beyond
// parse_json's bounds: none is done.
[[nodiscard]] BatchAnswer read_batch_answer(std::string_view answer, std::span<const EventRecord> records);

// The pause after `failures` failures in a row: a second, doubling up to a minute, less up to a half of it
// by `jitter` in [0, 1).
[[nodiscard]] std::chrono::milliseconds retry_pause(unsigned failures, double jitter);

}  // namespace millrace::lambda
