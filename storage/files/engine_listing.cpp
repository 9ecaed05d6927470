// A page of a bucket.
#include <algorithm>

#include "storage/files/engine.h"

namespace millrace::storage::files {

namespace {

constexpr std::size_t kFirstRows = 16, kMostRows = 1000;

// The common prefix that `key` belongs to; empty: it stands for itself.
std::string_view common_prefix(std::string_view key, const ListRequest& request) {
  if (request.delimiter.empty()) return {};
  const std::size_t at = key.find(request.delimiter, request.prefix.size());
  return at == std::string_view::npos ? std::string_view() : key.substr(0, at + request.delimiter.size());
}

// Behind every key that begins with `prefix`: 0xff is no byte of UTF-8.
std::string behind_all(std::string_view prefix) { return std::string(prefix) + '\xff'; }

}  // namespace

// Rows are read in growing steps; a step that ended within a common prefix is followed by a small one behind
// it, so that a prefix costs a few rows however many keys it has.
Result<Listing> Engine::list_now(const BucketId& bucket, const ListRequest& request) const {
  if (const auto found = read_bucket(bucket); !found) return found.error();
  const std::string base = objects_prefix(bucket);
  Listing out;
  std::string after = request.after;
  // Within a common prefix, too, its other keys are not grouped again.
  if (after.starts_with(request.prefix))
    if (const std::string_view common = common_prefix(after, request); !common.empty())
      after = behind_all(common);
  std::size_t step = request.delimiter.empty() ? kMostRows : kFirstRows;
  for (;;) {
    step = std::min({step, kMostRows, request.limit + 1 - out.entries.size()});
    const auto rows = catalog_.scan(base + request.prefix, after.empty() ? "" : base + after, step);
    if (!rows) return rows.error();
    for (const Row& row : *rows) {
      const std::string_view key = std::string_view(row.key).substr(base.size());
      if (!after.empty() && key <= after) continue;  // of the common prefix just passed
      if (out.entries.size() == request.limit) {
        out.truncated = true;
        return out;
      }
      if (const std::string_view common = common_prefix(key, request); !common.empty()) {
        out.entries.emplace_back(std::string(common));
        after = behind_all(common);
        continue;
      }
      after = key;
      if (auto stored = parse_stored(row.value))
        out.entries.emplace_back(object_of(after, std::move(*stored)));
      else
        (void)unreadable(row.key, "an object");
    }
    if (rows->size() < step) return out;
    step = after.ends_with('\xff') ? kFirstRows : step * 2;
  }
}

Engine::Answer<Listing> Engine::list(BucketId bucket, ListRequest request) {
  auto scan = [this, from = std::move(bucket), what = std::move(request)] { return list_now(from, what); };
  co_return co_await on_pool(pool_, std::move(scan));
}

}  // namespace millrace::storage::files
