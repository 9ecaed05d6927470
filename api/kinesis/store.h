// The streams: rows of the catalog, and all of them in memory, since every request looks one up.
//   k/s/<account>/<region>/<name>  a stream, JSON, {"version": 1, ...}
//   k/d/<number>                   a deleted stream whose records are not dropped yet, empty
//   k/next                         the next stream number, decimal
//   k/seal                         the key of iterators and tokens, 32 bytes
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "api/core/seal.h"
#include "api/core/service.h"
#include "api/kinesis/model.h"
#include "api/kinesis/shapes.h"
#include "storage/catalog.h"

namespace millrace::kinesis {

// Shared, since a request reads the stream as it was while another changes it.
using StreamPtr = std::shared_ptr<const Stream>;

// Safe from any thread. Reads never wait for the disk.
class Streams {
 public:
  // Loads all. Throws StorageFailure.
  explicit Streams(storage::Catalog& catalog);

  // The stream that a request names. Throws no_stream_named, names_disagree, stream_not_found.
  [[nodiscard]] StreamPtr get(const Caller& caller, const StreamReference& reference) const;
  // nullptr when there is none.
  [[nodiscard]] StreamPtr find(const std::string& account, const std::string& region,
                               const std::string& name) const;
  [[nodiscard]] StreamPtr find(std::uint64_t number) const;
  // All of an account and region by name, from behind `after`.
  [[nodiscard]] std::vector<StreamPtr> list(const Caller& caller, const std::string& after) const;
  [[nodiscard]] std::vector<StreamPtr> all() const;
  [[nodiscard]] std::int64_t open_shards(const Caller& caller) const;

  // Keeps a new stream, giving it its number; completes when it is on disk. Throws stream_exists.
  [[nodiscard]] asio::awaitable<StreamPtr> create(Stream stream);
  // Changes a stream; completes when that is on disk. Throws stream_not_found when it is gone,
  // stream_changing while another request changes it.
  [[nodiscard]] asio::awaitable<void> update(StreamPtr stream, std::function<void(Stream&)> change);
  // Removes a stream; its records are to be dropped, which `deleted` remembers over a crash, until `dropped`.
  // Throws stream_not_found when it is gone already.
  [[nodiscard]] asio::awaitable<void> remove(StreamPtr stream);
  [[nodiscard]] std::vector<std::uint64_t> deleted() const;
  [[nodiscard]] asio::awaitable<void> dropped(std::uint64_t number);

  // The seal of iterators and tokens.
  [[nodiscard]] const Seal& seal() const { return seal_; }
  // Keeps a key that was made at this start; awaited once, before the first request.
  [[nodiscard]] asio::awaitable<void> keep_seal();

 private:
  using Key = std::string;  // account/region/name
  class Change;

  storage::Catalog& catalog_;
  Seal seal_;
  bool seal_is_new_ = false;

  mutable std::shared_mutex mutex_;  // guards all below
  std::map<Key, StreamPtr> streams_;
  std::unordered_map<std::uint64_t, StreamPtr> by_number_;
  std::set<Key> changing_;  // streams whose row is on its way to the disk
  std::uint64_t next_number_ = 1;
};

}  // namespace millrace::kinesis
