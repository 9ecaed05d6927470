// ListShards: a stream's shards, filtered, a page at a time. Source: Kinesis API reference, ListShards.
#include "api/kinesis/errors.h"
#include "api/kinesis/iterator.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

constexpr std::string_view kPurpose = "kinesis ListShards";

struct ShardFilter {
  std::string type;
  std::optional<std::string> shard;
  std::optional<Time> time;
};
constexpr auto kFilter = shape<ShardFilter>(
    field("Type", &ShardFilter::type, required,
          one_of<"AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP",
                 "FROM_TIMESTAMP">),
    field("ShardId", &ShardFilter::shard, kShardId), field("Timestamp", &ShardFilter::time));

struct ListShardsInput {
  std::optional<std::string> name, arn, token, after;
  std::optional<int> max_results;
  std::optional<Time> created;
  std::optional<ShardFilter> filter;
};
constexpr auto kInput =
    shape<ListShardsInput>(field("StreamName", &ListShardsInput::name, kStreamName),
                           field("NextToken", &ListShardsInput::token, kNextToken),
                           field("ExclusiveStartShardId", &ListShardsInput::after, kShardId),
                           field("MaxResults", &ListShardsInput::max_results, range(1, 10000)),
                           field("StreamCreationTimestamp", &ListShardsInput::created),
                           field("ShardFilter", &ListShardsInput::filter, kFilter),
                           field("StreamARN", &ListShardsInput::arn, kStreamArn), kStreamId);

struct ListShardsOutput {
  std::vector<ShardDescription> shards;
  std::optional<std::string> token;
};
constexpr auto kOutput =
    shape<ListShardsOutput>(field("Shards", &ListShardsOutput::shards, kShardDescription),
                            field("NextToken", &ListShardsOutput::token));

// What a token carries: where to go on, when it was given, and the filter, which later requests do not
// repeat.
std::string seal_token(Kinesis& k, const Stream& stream, std::uint32_t after,
                       const std::optional<ShardFilter>& filter) {
  OrderedJson plain{stream.number, after, k.clock.now().time_since_epoch().count()};
  if (filter) plain.push_back(encode(*filter, kFilter));
  return k.streams.seal().seal(kPurpose, "", plain.dump());
}

struct Position {
  StreamPtr stream;
  std::optional<std::uint32_t> after;
  std::optional<ShardFilter> filter;
};

Position open_token(Kinesis& k, const Caller& caller, const std::string& token) {
  const auto plain = k.streams.seal().open(kPurpose, "", token);
  if (!plain) throw invalid_token();
  const Json parts = Json::parse(*plain);
  const Time made(std::chrono::milliseconds(parts[2].get<std::int64_t>()));
  if (k.clock.now() - made > kIteratorLife) throw expired_token();
  const StreamPtr stream = k.streams.find(parts[0].get<std::uint64_t>());
  if (!stream || stream->account != caller.account || stream->region != caller.region) throw invalid_token();
  Position at{stream, parts[1].get<std::uint32_t>(), std::nullopt};
  if (parts.size() > 3) decode(at.filter.emplace(), parts[3], kFilter);
  return at;
}

// Whether a shard was there at a time: made before it, and not yet closed.
bool open_at(const Shard& shard, Time t) {
  const auto second =
      static_cast<std::uint64_t>(std::max<std::int64_t>(t.time_since_epoch().count() / 1000, 0));
  // A shard stands until its children begin, a second after it was closed.
  return shard.created_s <= second && (!shard.closed_s || *shard.closed_s + 1 > second);
}

bool passes(const Stream& stream, const Shard& shard, const ShardFilter& f, Time now) {
  const Time horizon = stream.horizon(now);
  const Time from = f.time ? std::max(*f.time, horizon) : horizon;
  if (f.type == "AT_LATEST") return !shard.closed_s;
  if (f.type == "AFTER_SHARD_ID") return shard.number > parse_shard_id(*f.shard).value_or(0);
  // Nothing was before the stream: its first shards stand for every earlier time.
  if (f.type == "AT_TIMESTAMP" || f.type == "AT_TRIM_HORIZON")
    return open_at(shard, from) || (from < stream.created && !shard.parent);
  return !shard.closed_s || open_at(shard, from) ||
         shard.created_s * 1000 >= static_cast<std::uint64_t>(from.time_since_epoch().count());
}

void check_filter(const ShardFilter& f) {
  if (f.type == "AFTER_SHARD_ID" && !f.shard)
    throw not_supported("ShardId must be specified when ShardFilter Type is AFTER_SHARD_ID.");
  if (f.type.ends_with("TIMESTAMP") && !f.time)
    throw not_supported("Timestamp must be specified when ShardFilter Type is " + f.type + ".");
  if (f.shard && f.type != "AFTER_SHARD_ID")
    throw not_supported("ShardId can be specified only when ShardFilter Type is AFTER_SHARD_ID.");
  if (f.time && !f.type.ends_with("TIMESTAMP"))
    throw not_supported(
        "Timestamp can be specified only when ShardFilter Type is AT_TIMESTAMP or FROM_TIMESTAMP.");
}

Position first_page(Kinesis& k, const Caller& caller, const ListShardsInput& in) {
  Position at;
  at.stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  // Tells streams apart that have had the same name; clients send whole seconds.
  using std::chrono::seconds, std::chrono::floor;
  if (in.created && floor<seconds>(*in.created) != floor<seconds>(at.stream->created))
    throw stream_not_found(at.stream->name, at.stream->account);
  if (in.after) at.after = parse_shard_id(*in.after).value_or(0);
  if (in.filter) check_filter(*in.filter);
  at.filter = in.filter;
  return at;
}

// A token says all of these itself.
void check_beside_token(const ListShardsInput& in) {
  if (in.name) throw not_beside_token("StreamName");
  if (in.arn) throw not_beside_token("StreamARN");
  if (in.created) throw not_beside_token("StreamCreationTimestamp");
  if (in.after) throw not_beside_token("ExclusiveStartShardId");
  if (in.filter) throw not_beside_token("ShardFilter");
}

asio::awaitable<ListShardsOutput> list_shards(Kinesis& k, const Caller& caller, ListShardsInput in) {
  if (!in.token && !in.name && !in.arn) throw token_or_stream_missing();
  if (in.token) check_beside_token(in);
  const Position at = in.token ? open_token(k, caller, *in.token) : first_page(k, caller, in);
  ListShardsOutput out;
  // More than 1000 may be asked for, and are not answered.
  const auto limit = static_cast<std::size_t>(std::min(in.max_results.value_or(1000), 1000));
  std::uint32_t last = 0;
  for (const Shard& shard : at.stream->shards) {
    if (at.after && shard.number <= *at.after) continue;
    if (at.filter && !passes(*at.stream, shard, *at.filter, k.clock.now())) continue;
    if (out.shards.size() == limit) {
      out.token = seal_token(k, *at.stream, last, at.filter);
      break;
    }
    out.shards.push_back(describe(shard));
    last = shard.number;
  }
  co_return out;
}

}  // namespace

extern const Operation kListShards;
const Operation kListShards = operation("ListShards", kInput, kOutput, list_shards).reads().on(listed_of);

}  // namespace millrace::kinesis
