// One lane of a shard that an event source mapping reads: the records of some of its partition keys. It
// collects batches, has the function run, retries, bisects, and gives up what may not be tried again, telling
// the on-failure destination.
#pragma once

#include <deque>

#include "api/lambda/mappings/batch.h"
#include "server/mappings/mapping_shared.h"
#include "server/mappings/wake.h"

namespace millrace::functions {

// What a lane sees of its reader.
class LaneOwner {
 public:
  virtual ~LaneOwner() = default;

  // The mapping as it is now.
  [[nodiscard]] virtual const lambda::MappingPtr& mapping() const = 0;
  [[nodiscard]] virtual const lambda::SourceShard& shard() const = 0;
  // Whether records are being read that may fill a batch, without waiting for a producer.
  [[nodiscard]] virtual bool reads_on() const = 0;
  // Whether the shard is closed and all of it was read.
  [[nodiscard]] virtual bool read_to_end() const = 0;
  // Has what the lane has settled written soon.
  virtual void progressed() = 0;
};

// A record in hand, and what its bytes lie in.
struct LaneRecord {
  lambda::EventRecord event;
  std::shared_ptr<const void> bytes;  // shared by the records of a read
};

// Lives on its reader's io_context. `run` must have completed before it goes.
class ShardLane {
 public:
  ShardLane(boost::asio::io_context& context, MappingShared& shared, LaneOwner& owner,
            std::optional<lambda::WindowState> window)
      : shared_(shared), owner_(owner), window_(std::move(window)), wake_(context) {}

  // Processes what is added until `stop`. An invocation that runs then is waited for, and its success is
  // kept. May throw std::bad_alloc only.
  [[nodiscard]] boost::asio::awaitable<void> run();
  void stop();
  void add(LaneRecord record);
  // To look again: at the mapping, or at what the owner says.
  void wake() { wake_.call(); }

  struct RecordPosition {
    storage::Index index;
    Time arrival;
  };
  // Of the oldest record that is not settled; nullopt when there is none. It stays when the lane ends amid a
  // batch, so that nobody takes that for settled.
  [[nodiscard]] std::optional<RecordPosition> oldest() const;
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }
  [[nodiscard]] const std::optional<lambda::WindowState>& window() const { return window_; }
  // Whether nothing is left to do but to wait for records.
  [[nodiscard]] bool idle() const { return !oldest() && !closing_; }

 private:
  using Instant = Wake::Instant;
  static RecordPosition position_of(const lambda::EventRecord& r) {
    return {r.record.index, r.record.arrival};
  }
  struct Batch {
    std::vector<lambda::EventRecord> records;
    std::vector<std::shared_ptr<const void>> bytes;
  };
  // A part of a batch that is tried as one.
  struct Piece {
    std::size_t first, count;
    int failures = 0;          // tries that count
    unsigned in_a_row = 0;     // failures since the last success, for the pause
    unsigned invocations = 0;  // of these records
  };
  // What a try led to. not_run: the function did not see the records.
  struct Try {
    enum class Kind { answered, failed, not_run } kind = Kind::not_run;
    std::size_t settled = 0;  // records from the piece's begin on; with `answered`
    std::string request_id;
    std::optional<std::string> function_error;
    std::string version;
  };

  // Collecting.
  [[nodiscard]] bool ready() const;
  [[nodiscard]] bool window_over() const;
  [[nodiscard]] bool behind_window(const lambda::EventRecord& record) const;
  [[nodiscard]] Instant look_again() const;
  Batch take();

  // Settling.
  boost::asio::awaitable<void> settle(Batch batch);
  boost::asio::awaitable<void> after(const Try& result, std::vector<Piece>& todo, const Batch& batch);
  boost::asio::awaitable<void> close_window();
  // Settles the records of the batch before place `i`.
  boost::asio::awaitable<void> settled(const Batch& batch, std::size_t i);
  [[nodiscard]] lambda::FunctionPtr mapped_function(const lambda::Mapping& mapping) const;
  boost::asio::awaitable<Try> attempt(std::span<const lambda::EventRecord> records);
  // Says in the server's log which records the function did not process, and what it said.
  void log_failure(std::span<const lambda::EventRecord> records, const Try& result,
                   std::string_view answer) const;
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
  [[nodiscard]] std::size_t count_expired(std::span<const lambda::EventRecord> records) const;
  [[nodiscard]] bool retries_left(int failures) const;

  // Tells the destination, if there is one, for as long as it takes. False: the lane was stopped before.
  boost::asio::awaitable<bool> give_up(std::span<const lambda::EventRecord> records, lambda::GivenUp::Why why,
                                       unsigned invocations, Try last);
  boost::asio::awaitable<storage::Result<void>> tell(const lambda::GivenUp& batch,
                                                     const std::string& destination);
  void count_given_up(const lambda::GivenUp& batch);
  void count(const char* name, const char* help, std::uint64_t how_many) const;
  [[nodiscard]] lambda::EventSource event_source(const std::string& role) const;
  void say(std::string result) { shared_.mappings.set_result(owner_.mapping()->uuid, std::move(result)); }

  MappingShared& shared_;
  LaneOwner& owner_;
  std::optional<lambda::WindowState> window_;  // the aggregation under way
  Wake wake_;
  std::deque<LaneRecord> queue_;
  std::size_t queued_bytes_ = 0;  // of the event, about
  std::optional<Instant> collecting_since_;
  std::optional<RecordPosition> unsettled_;  // the first of the batch that is being settled
  bool closing_ = false;                     // the window's last invocation is under way
  bool stopping_ = false;
};

}  // namespace millrace::functions
