// The streams: rows of the catalog, and all of them in memory, since every request looks one up.
//   k/s/<account>/<region>/<name>  a stream and its consumers, see stream_row.h
//   k/a/<account>/<region>         the account's settings there, JSON, {"version": 1, ...}
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

// The minimum throughput billing commitment of an account's settings.
struct Commitment {
  std::optional<Time> started, ended;
};

// A stream is encrypted, and the master key that the server was started with is not the one that wrapped its
// data keys.
class WrongMasterKey : public std::runtime_error {
 public:
  explicit WrongMasterKey(const Stream& stream)
      : std::runtime_error("the stream " + stream.arn() + " was encrypted under another key") {}
};

// Shared, since a request reads the stream as it was while another changes it.
using StreamPtr = std::shared_ptr<const Stream>;

// Safe from any thread. Reads never wait for the disk.
class Streams {
 public:
  // Loads all. Throws StorageFailure, WrongMasterKey.
  Streams(storage::Catalog& catalog, const Seal::Key& master_key);

  // The stream that a request names, whatever its state. Throws no_stream_named, names_disagree,
  // stream_not_found, access_denied.
  [[nodiscard]] StreamPtr get(const Caller& caller, const StreamReference& reference) const;
  // As `get`; throws stream_not_active in any state but ACTIVE.
  [[nodiscard]] StreamPtr get_active(const Caller& caller, const StreamReference& reference) const;
  // As `get`; a stream that is CREATING or DELETING is not found.
  [[nodiscard]] StreamPtr get_usable(const Caller& caller, const StreamReference& reference) const;
  // The stream of a consumer that a request names; which of its consumers it is, `consumer` says. Throws
  // consumer_reference_incomplete, names_disagree, stream_not_found, consumer_not_found, access_denied.
  struct OfConsumer {
    StreamPtr stream;
    const Consumer* consumer;  // one of the stream's
  };
  [[nodiscard]] OfConsumer get(const Caller& caller, const ConsumerReference& reference) const;
  // nullptr when there is none.
  [[nodiscard]] StreamPtr find(const std::string& account, const std::string& region,
                               const std::string& name) const;
  [[nodiscard]] StreamPtr find(std::uint64_t number) const;
  // `known` as it is now: after a read, it has the data keys of all that was read. Throws stream_not_found
  // when it is gone.
  [[nodiscard]] StreamPtr latest(const Stream& known) const;
  // All of an account and region by name, from behind `after`.
  [[nodiscard]] std::vector<StreamPtr> list(const std::string& account, const std::string& region,
                                            const std::string& after) const;
  [[nodiscard]] std::vector<StreamPtr> all() const;
  [[nodiscard]] std::int64_t open_shards(const std::string& account, const std::string& region) const;

  // Keeps a new stream, giving it its number; completes when it is on disk. Throws stream_exists.
  [[nodiscard]] asio::awaitable<StreamPtr> create(Stream stream);
  // Changes a stream, one change after the other; completes when it is on disk, with the stream as it is
  // then. What `change` throws ends it without an effect. Throws stream_not_found when the stream is gone,
  // stream_changing when others change it for too long.
  [[nodiscard]] asio::awaitable<StreamPtr> update(StreamPtr stream, std::function<void(Stream&)> change);
  // Removes a stream; its records are to be dropped, which `deleted` remembers over a crash, until `dropped`.
  // Throws stream_not_found when it is gone already.
  [[nodiscard]] asio::awaitable<void> remove(StreamPtr stream);
  [[nodiscard]] std::vector<std::uint64_t> deleted() const;
  [[nodiscard]] asio::awaitable<void> dropped(std::uint64_t number);

  // Streams in a passing state, and those with consumers in one.
  [[nodiscard]] std::vector<StreamPtr> changing() const;
  // Completes when the stream is another than `known`, with that; what waits on a closed shard wants to know
  // its children. Throws stream_not_found when it is gone, stream_changing after too long.
  [[nodiscard]] asio::awaitable<StreamPtr> changed(StreamPtr known) const;

  // Whether an account has committed itself to the minimum throughput in a region, and since when.
  [[nodiscard]] Commitment commitment(const Caller& caller) const;
  [[nodiscard]] asio::awaitable<void> keep(const Caller& caller, Commitment commitment);

  // The seal of iterators and tokens.
  [[nodiscard]] const Seal& seal() const { return seal_; }
  // What the data keys of encrypted streams are wrapped with.
  [[nodiscard]] const Seal& master_key() const { return master_key_; }
  // Keeps a key that was made at this start; awaited once, before the first request.
  [[nodiscard]] asio::awaitable<void> keep_seal();

 private:
  using Key = std::string;  // account/region/name
  class Changing;

  void authorize(const Caller& caller, const Stream& stream, const Consumer* consumer) const;
  [[nodiscard]] asio::awaitable<void> begin_change(Key key, StreamPtr stream);
  void put(const Key& key, const StreamPtr& stream);

  storage::Catalog& catalog_;
  const Seal master_key_;
  Seal seal_;
  bool seal_is_new_ = false;

  mutable std::shared_mutex mutex_;  // guards all below
  std::map<Key, StreamPtr> streams_;
  std::unordered_map<std::uint64_t, StreamPtr> by_number_;
  std::set<Key> changing_;                         // streams whose row is on its way to the disk
  std::set<std::uint64_t> passing_;                // numbers of the streams that `changing` answers
  std::map<std::string, Commitment> commitments_;  // by account/region
  std::uint64_t next_number_ = 1;
};

}  // namespace millrace::kinesis
