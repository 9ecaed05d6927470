// The streams: rows of the catalog, and all of them in memory, since every request looks one up.
//   k/s/<account>/<region>/<name>  a stream and its consumers, see stream_row.h
//   k/a/<account>/<region>         the account's settings there, JSON, {"version": 1, ...}
//   k/d/<number>                   a deleted stream whose records are not dropped yet, empty
//   k/next                         a number that no stream has yet, nor any behind it, decimal: those below
//   may
//                                  have been given out
//   k/seal                         the key of iterators and tokens, 32 bytes
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "api/core/service.h"
#include "api/core/stored_seal.h"
#include "api/core/table.h"
#include "api/kinesis/model.h"
#include "api/kinesis/shapes.h"

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

  // Where the stream that a request names would be. Throws no_stream_named, names_disagree, stream_not_found
  // (of an ARN that is none).
  [[nodiscard]] static StreamArn place_of(const Caller& caller, const StreamReference& reference);
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
  // Those of an account and region by name, from behind `after`, at most `limit`.
  [[nodiscard]] std::vector<StreamPtr> list(const std::string& account, const std::string& region,
                                            const std::string& after, std::size_t limit) const;
  [[nodiscard]] std::vector<StreamPtr> all() const;
  // The next ones behind `after` (nullptr: the first), at most `limit`: for passes over all of them that give
  // others a turn.
  [[nodiscard]] std::vector<StreamPtr> page(const StreamPtr& after, std::size_t limit) const;
  // What an account has in a region.
  struct Totals {
    std::int64_t open_shards = 0, on_demand_streams = 0;
  };
  [[nodiscard]] Totals totals(const std::string& account, const std::string& region) const;

  // Rows of streams and commitments that this start could not decode. Such a stream is not found, its name is
  // not given to another, and its records stay.
  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return unreadable_; }

  // Keeps a new stream, giving it its number; completes when it is on disk. `prepare` is awaited with that
  // stream before its row is written. Throws stream_exists, StorageFailure.
  using Prepare = std::function<asio::awaitable<storage::Result<void>>(const Stream&)>;
  [[nodiscard]] asio::awaitable<StreamPtr> create(Stream stream, Prepare prepare = nullptr);
  // Changes a stream, one change after the other; completes when it is on disk, with the stream as it is
  // then. What `change` throws ends it without an effect. Throws stream_not_found when the stream is gone,
  // stream_changing when others change it for too long.
  [[nodiscard]] asio::awaitable<StreamPtr> update(StreamPtr stream, std::function<void(Stream&)> change);
  // Removes a stream; its records are to be dropped, which `deleted` remembers over a crash, until `dropped`.
  // Throws stream_not_found when it is gone already.
  [[nodiscard]] asio::awaitable<void> remove(StreamPtr stream);
  [[nodiscard]] std::vector<std::uint64_t> deleted() const;
  [[nodiscard]] asio::awaitable<void> dropped(std::uint64_t number);

  // Streams whose passing state, or that of a consumer, ends at `now` or before.
  [[nodiscard]] std::vector<StreamPtr> due(Time now) const;

  // Completes with true as soon as `holds` of the stream as it is (nullptr: it is gone), with false at the
  // deadline or when it is cancelled. `holds` is called under a lock: it is short, and asks nothing here.
  using Instant = std::chrono::steady_clock::time_point;
  using Condition = std::function<bool(const StreamPtr&)>;
  [[nodiscard]] asio::awaitable<bool> until(std::uint64_t number, Instant deadline, Condition holds) const;
  // Completes when the stream is another than `known`, with that; what waits on a closed shard wants to know
  // its children. Throws stream_not_found when it is gone, stream_changing after too long.
  [[nodiscard]] asio::awaitable<StreamPtr> changed(StreamPtr known) const;

  // Whether an account has committed itself to the minimum throughput in a region, and since when.
  [[nodiscard]] Commitment commitment(const Caller& caller) const;
  [[nodiscard]] asio::awaitable<void> keep(const Caller& caller, Commitment commitment);

  // The seal of iterators and tokens.
  [[nodiscard]] const Seal& seal() const { return seal_.seal(); }
  // What the data keys of encrypted streams are wrapped with.
  [[nodiscard]] const Seal& master_key() const { return master_key_; }
  // Stores a key that was made at this start; awaited once, before the first request.
  [[nodiscard]] asio::awaitable<void> keep_seal() { return seal_.store(); }

 private:
  using Key = std::string;  // account/region/name
  class Changing;
  // The row of a stream that was deleted says nothing but its number.
  struct Deleted {};

  void authorize(const Caller& caller, const Stream& stream, const Consumer* consumer) const;
  [[nodiscard]] asio::awaitable<void> begin_change(Key key, StreamPtr stream);
  [[nodiscard]] asio::awaitable<std::uint64_t> take_number();
  [[nodiscard]] asio::awaitable<void> reserve_numbers();
  [[nodiscard]] Stream decoded(const std::string& row) const;
  // These under mutex_, exclusively.
  void row_changed(const StreamPtr& before, const StreamPtr& after);
  void count(const Stream& stream, std::int64_t sign);
  void wake(std::uint64_t number) const;

  storage::Catalog& catalog_;
  const Seal master_key_;
  StoredSeal seal_;
  std::vector<UnreadableRow> unreadable_;

  mutable std::shared_mutex mutex_;  // guards all below
  std::unordered_map<std::uint64_t, StreamPtr> by_number_;
  std::set<Key> changing_;                        // streams whose row is on its way to the disk
  std::set<std::pair<Time, std::uint64_t>> due_;  // when passing states end, and whose
  std::map<std::string, Totals> totals_;          // by account/region
  // Numbers up to `reserved_` are for this process: k/next says so on disk before one of them is used.
  std::uint64_t next_number_ = 1, reserved_ = 1;
  bool reserving_ = false;
  // Who waits in `until`, by stream; kNumbers: for numbers.
  static constexpr std::uint64_t kNumbers = 0;  // no stream has it
  static constexpr const char* kNextKey = "k/next";
  using Timer = std::shared_ptr<asio::steady_timer>;
  mutable std::unordered_multimap<std::uint64_t, Timer> waiting_;
  Table<Stream> streams_;
  Table<Commitment> commitments_;  // by account/region
  Table<Deleted> deleted_;         // by number; their records are not dropped yet
};

}  // namespace millrace::kinesis
