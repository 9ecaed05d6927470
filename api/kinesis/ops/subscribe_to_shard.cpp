// SubscribeToShard: a shard's records pushed to a consumer for five minutes, as they are committed.
// Source: Kinesis API reference, SubscribeToShard and SubscribeToShardEvent.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/core/cbor.h"
#include "api/core/event_stream.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/position.h"
#include "api/kinesis/records_cbor.h"
#include "api/kinesis/records_json.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/sequence_number.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::seconds kHeartbeat{5};
// How often a subscription without records looks whether it is still to be: the consumer may have gone,
// another may have taken over.
constexpr std::chrono::milliseconds kLook{500};
constexpr std::uint32_t kEventRecords = 10000;
constexpr std::uint64_t kEventBytes = 1 << 20;

struct StartingPositionInput {
  std::string type;
  std::optional<std::string> number;
  std::optional<Time> time;
};
constexpr auto kStartingPosition =
    shape<StartingPositionInput>(field("Type", &StartingPositionInput::type, required, kPositionType),
                                 field("SequenceNumber", &StartingPositionInput::number, kSequenceNumber),
                                 field("Timestamp", &StartingPositionInput::time));

struct SubscribeToShardInput {
  std::string consumer, shard;
  StartingPositionInput start;
  std::optional<bool> dry_run;
};
constexpr auto kInput = shape<SubscribeToShardInput>(
    field("ConsumerARN", &SubscribeToShardInput::consumer, required, kConsumerArn),
    field("ShardId", &SubscribeToShardInput::shard, required, kShardId),
    field("StartingPosition", &SubscribeToShardInput::start, required, kStartingPosition), kStreamId,
    field("DryRun", &SubscribeToShardInput::dry_run));
constexpr auto kOutput = shape<StreamedOutput>();

// One event's content besides its records. The last one of a closed shard has children and nowhere to go on.
struct Progress {
  std::optional<std::string> continuation;
  std::int64_t behind_ms = 0;
  std::optional<std::vector<ChildShard>> children;
};

std::string json_payload(const storage::Records& read, const Stream& stream, const Shard& shard,
                         const Progress& progress, storage::Losses& losses) {
  std::string json = R"({"Records":)";
  json.reserve(512 + json_size_of(read));
  append_records(json, read, stream, shard.created_s, shard.number, losses);
  if (progress.continuation) json += R"(,"ContinuationSequenceNumber":")" + *progress.continuation + '"';
  json += R"(,"MillisBehindLatest":)" + std::to_string(progress.behind_ms);
  if (progress.children) append_children(json, *progress.children);
  return json + '}';
}

std::string cbor_payload(const storage::Records& read, const Stream& stream, const Shard& shard,
                         const Progress& progress, storage::Losses& losses) {
  std::string bytes;
  bytes.reserve(512 + cbor_size_of(read));
  CborWriter cbor(bytes);
  cbor.begin_map();
  cbor.text("Records");
  append_records(cbor, read, stream, shard.created_s, shard.number, losses);
  if (progress.continuation) cbor.member("ContinuationSequenceNumber", *progress.continuation);
  cbor.text("MillisBehindLatest");
  cbor.integer(progress.behind_ms);
  if (progress.children) append_children(cbor, *progress.children);
  cbor.end();
  return bytes;
}

class Subscription final : public BodyStream {
 public:
  Subscription(Kinesis& kinesis, StreamPtr stream, std::uint32_t shard, std::string consumer_arn,
               std::string consumer, storage::Index position, Subscriptions::Place place, bool cbor,
               std::shared_ptr<Memory> memory)
      : k_(kinesis),
        stream_(std::move(stream)),
        shard_(*stream_->find_shard(shard)),
        consumer_arn_(std::move(consumer_arn)),
        consumer_(std::move(consumer)),
        next_(position),
        place_(std::move(place)),
        cbor_(cbor),
        ends_(k_.clock.now() + kSubscriptionLife),
        memory_(std::move(memory)) {}

  asio::awaitable<std::optional<std::string>> next() override {
    if (!begun_) {
      begun_ = true;
      co_return encode_event("initial-response",
                             cbor_ ? "application/x-amz-cbor-1.1" : "application/x-amz-json-1.1",
                             in_format(OrderedJson::object()));
    }
    if (damage_) throw *damage_;
    if (ended_) co_return std::nullopt;
    try {
      co_return co_await event();
    } catch (const ApiError& e) {
      ended_ = true;
      co_return failure(e);
    } catch (const StorageFailure& e) {
      ended_ = true;
      if (e.code() == storage::Errc::corrupt) damage_ = e;
      co_return failure(internal());
    }
  }

 private:
  asio::awaitable<std::optional<std::string>> event() {
    const SteadyTime heartbeat = std::chrono::steady_clock::now() + kHeartbeat;
    asio::steady_timer pause(co_await asio::this_coro::executor);
    if (hold_.count() > 0) {  // what was pushed has used up the consumer's rate
      pause.expires_after(hold_);
      co_await pause.async_wait(asio::use_awaitable);
    }
    for (;;) {
      if (k_.clock.now() >= ends_) co_return std::nullopt;
      check_place();
      if (!co_await reserve(heartbeat)) co_return heartbeat_event();
      const storage::ReadLimit limit{kEventRecords, kEventBytes, stream_->horizon(k_.clock.now())};
      const storage::Records read = or_throw(co_await k_.log.read(log_id(), next_, limit));
      if (!read.empty() && held_.bytes() == 0 && memory_) continue;  // what came just now is counted too
      const bool at_end = read.next() == read.end();
      const SteadyTime now = std::chrono::steady_clock::now();
      // A closed shard's last event has its children and no records: from an event with records, a subscriber
      // must be able to go on.
      const bool last = read.empty() && at_end && shard_.closed_s;
      if (!read.empty() || last || now >= heartbeat) co_return co_await event_of(read, at_end, last);
      next_ = read.next();  // past what is damaged
      if (!at_end) continue;
      const SteadyTime look = std::min(heartbeat, now + kLook);
      const bool grown = or_throw(co_await k_.log.wait(log_id(), next_, look));
      // A shard that is closed, but not yet in the stream's row.
      if (!grown && std::chrono::steady_clock::now() < look)
        (void)co_await k_.streams.until(stream_->number, look,
                                        [this](const StreamPtr& s) { return s != stream_; });
    }
  }

  // Counts the memory of an event, if there are records for one; false: none was free until the heartbeat is
  // due.
  asio::awaitable<bool> reserve(SteadyTime heartbeat) {
    held_ = MemoryHold();
    if (!memory_ || or_throw(co_await k_.log.bounds(log_id())).next <= next_) co_return true;
    const auto largest = static_cast<std::uint64_t>(stream_->max_record_kib) << 10;
    const std::uint64_t bytes = std::max(kEventBytes, largest) / 5 * 12;  // and their base64
    auto held = co_await memory_->reserve(std::min(bytes, memory_->most()), heartbeat);
    if (!held) co_return false;
    held_ = std::move(*held);
    co_return true;
  }

  asio::awaitable<std::string> event_of(const storage::Records& read, bool at_end, bool last) {
    const StreamPtr stream = read.sealed() > 0 ? k_.streams.latest(*stream_) : stream_;
    next_ = read.next();
    const Time now = k_.clock.now();
    Progress progress;
    if (!at_end) progress.behind_ms = behind_ms(read, now);
    if (last) {
      progress.children = describe_children(*stream_, shard_);
      ended_ = true;
    } else {
      progress.continuation = continuation(now);
    }
    if (k_.limits.on()) hold_ = k_.limits.pushed(*stream_, shard_, consumer_, bytes_put(read));
    const std::shared_ptr<StreamProbes> probes = k_.probes_of(*stream_);
    probes->subscribe_events->add(1);
    probes->subscribe_records->add(read.size());
    probes->subscribe_bytes->add(bytes_put(read));
    k_.shard_probes.outgoing(*stream_, shard_, read.size(), bytes_put(read));
    behind_ms_ = progress.behind_ms;
    std::string event = event_text(read, *stream, progress);
    held_.shrink_to(event.size());
    co_return event;
  }

  // An event without records, though there are some: the subscriber sees that the connection lives.
  std::string heartbeat_event() const {
    Progress progress;
    progress.continuation = continuation(k_.clock.now());
    progress.behind_ms = behind_ms_;
    return event_text(storage::Records(next_), *stream_, progress);
  }

  [[nodiscard]] std::string continuation(Time now) const {
    return SequenceNumber{shard_.created_s, next_.value, seconds_of(now), shard_.number, next_.value > 0}
        .text();
  }

  std::string event_text(const storage::Records& read, const Stream& stream, const Progress& progress) const {
    const std::string payload = cbor_ ? cbor_payload(read, stream, shard_, progress, k_.losses)
                                      : json_payload(read, stream, shard_, progress, k_.losses);
    return encode_event("SubscribeToShardEvent", content_type(), payload);
  }

  // Throws what ends the subscription.
  void check_place() {
    if (*place_) throw already_subscribed(consumer_, shard_.id(), stream_->name, stream_->account);
    const StreamPtr stream = k_.streams.find(stream_->number);
    if (!stream || stream->status == StreamStatus::deleting)
      throw stream_not_found(stream_->name, stream_->account);
    if (stream == stream_) return;
    const Shard* shard = stream->find_shard(shard_.number);
    if (!shard) throw shard_not_found(shard_.id(), stream_->name, stream_->account);
    const Consumer* consumer = stream->find_consumer(consumer_);
    if (!consumer || consumer->gone_from || stream->arn_of(*consumer) != consumer_arn_)
      throw consumer_not_found(consumer_arn_, stream->account);
    stream_ = stream;
    shard_ = *shard;
  }

  static std::uint64_t seconds_of(Time t) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(t.time_since_epoch().count() / 1000, 0));
  }

  [[nodiscard]] const char* content_type() const { return cbor_ ? "application/cbor" : "application/json"; }
  [[nodiscard]] std::string in_format(const OrderedJson& object) const {
    return cbor_ ? to_cbor(object, {}) : object.dump();
  }
  [[nodiscard]] std::string failure(const ApiError& e) const {
    OrderedJson body;
    body["message"] = e.message();
    return encode_exception(e.code(), content_type(), in_format(body));
  }

  [[nodiscard]] storage::ShardId log_id() const { return stream_->log_id(shard_); }

  Kinesis& k_;
  StreamPtr stream_;
  Shard shard_;
  const std::string consumer_arn_, consumer_;
  storage::Index next_;
  const Subscriptions::Place place_;
  const bool cbor_;
  const Time ends_;
  std::chrono::milliseconds hold_{0};
  const std::shared_ptr<Memory> memory_;
  MemoryHold held_;             // for the event that is made or being sent
  std::int64_t behind_ms_ = 0;  // of the last event
  bool begun_ = false, ended_ = false;
  // Thrown once the subscriber has its error, so that the log has the story of it.
  std::optional<StorageFailure> damage_;
};

asio::awaitable<StreamedOutput> subscribe_to_shard(Kinesis& k, Request& request, SubscribeToShardInput in) {
  const Streams::OfConsumer found =
      k.streams.get(request.caller, ConsumerReference{std::nullopt, std::nullopt, in.consumer});
  const Stream& stream = *found.stream;
  const Time now = k.clock.now();
  const Consumer& consumer = *found.consumer;
  if (describe(stream, consumer, now).status != "ACTIVE")
    throw consumer_not_active(consumer.name, stream.created_s_of(consumer), stream.name, stream.account);
  const auto number = parse_shard_id(in.shard);
  if (!number) throw no_such_shard_id(in.shard, stream.name, stream.account);
  const Shard* shard = stream.find_shard(*number);
  if (!shard) throw shard_not_found(shard_id(*number), stream.name, stream.account);
  const StartingPosition start{in.start.type, in.start.number, in.start.time};
  check_position(start, now);
  const storage::Index position = co_await find_position(k, stream, *shard, start);
  if (in.dry_run.value_or(false)) k.end_dry_run(stream);
  Subscriptions::Place place = k.subscriptions.take(in.consumer, stream.log_id(*shard), now);
  if (!place) throw already_subscribed(consumer.name, shard->id(), stream.name, stream.account);
  StreamedOutput out;
  out.content_type = kEventStreamType;
  out.body = std::make_unique<Subscription>(k, found.stream, *number, in.consumer, consumer.name, position,
                                            std::move(place), request.protocol == Protocol::cbor_1_1,
                                            request.http.memory);
  co_return out;
}

}  // namespace

extern const Operation kSubscribeToShard;
const Operation kSubscribeToShard =
    operation("SubscribeToShard", kInput, kOutput, subscribe_to_shard).reads().on(consumer_of);

}  // namespace millrace::kinesis
