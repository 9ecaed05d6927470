// What Query and Scan have in common: which index they read, what they select, and their answer.
#pragma once

#include "api/core/memory.h"
#include "api/dynamodb/pages.h"
#include "api/dynamodb/service.h"
#include "api/dynamodb/shapes.h"
#include "api/dynamodb/values/json.h"

namespace millrace::dynamodb {

// An answer has at most 1 MB of items; as JSON and as a document, several times that.
inline constexpr std::uint64_t kPageMemory = 8u << 20;

// The index that a read names, of the table that was found; nullptr without a name. Throws
// ValidationException.
[[nodiscard]] const Index* index_to_read(const TableSettings& table, const std::optional<std::string>& name,
                                         bool consistent);

// Checks Select against what else was asked for. True: whole items are read through the index.
[[nodiscard]] bool check_select(const std::optional<std::string>& select, const TableSettings& table,
                                const Index* index, bool has_projection);

// ExclusiveStartKey as a key; its errors have a text of their own.
[[nodiscard]] Item start_key_of(const Json& json);

struct PageOutput {
  std::optional<OrderedJson> items, last_key, consumed;
  std::int64_t count = 0, scanned = 0;
  MemoryHold held;
};
inline constexpr auto kPageOutput = shape<PageOutput>(
    field("Items", &PageOutput::items), field("Count", &PageOutput::count),
    field("ScannedCount", &PageOutput::scanned), field("LastEvaluatedKey", &PageOutput::last_key),
    field("ConsumedCapacity", &PageOutput::consumed));

struct Selection {
  bool count_only = false, consistent = false;
  std::vector<Path> paths;  // empty: all attributes
  std::optional<std::string> return_consumed;
};
// Reads the page and answers what is selected of it, its memory reserved. Throws StorageFailure, and ApiError
// as reserve_answer does.
[[nodiscard]] asio::awaitable<PageOutput> answer_page(const Store& store, std::shared_ptr<Memory> memory,
                                                      PageRequest request, Selection selection);

}  // namespace millrace::dynamodb
