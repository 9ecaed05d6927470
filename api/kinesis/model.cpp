#include "api/kinesis/model.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <memory>

#include "api/core/arn.h"
#include "api/core/md5_many.h"
#include "api/kinesis/sequence_number.h"

namespace millrace::kinesis {

namespace {

constexpr HashKey kMaxHashKey = ~HashKey{0};

std::string_view take_until(std::string_view& text, char stop) {
  const std::string_view part = text.substr(0, text.find(stop));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

HashKey number_of(const Md5Digest& digest) {
  HashKey key = 0;
  for (const unsigned char byte : digest) key = key << 8 | byte;
  return key;
}

}  // namespace

HashKey hash_key_of(std::string_view partition_key) { return number_of(md5(partition_key)); }

std::vector<HashKey> hash_keys_of(std::span<const std::string_view> partition_keys) {
  std::vector<Md5Digest> digests(partition_keys.size());
  md5_many(partition_keys, digests);
  std::vector<HashKey> keys(partition_keys.size());
  std::transform(digests.begin(), digests.end(), keys.begin(), number_of);
  return keys;
}

std::string to_string(HashKey key) {
  std::string out;
  do {
    out += static_cast<char>('0' + static_cast<int>(key % 10));
    key /= 10;
  } while (key != 0);
  std::reverse(out.begin(), out.end());
  return out;
}

std::optional<HashKey> parse_hash_key(std::string_view text) {
  if (text.empty() || text.size() > 39) return std::nullopt;
  HashKey key = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<HashKey>(c - '0');
    if (key > (kMaxHashKey - digit) / 10) return std::nullopt;
    key = key * 10 + digit;
  }
  return key;
}

std::string shard_id(std::uint32_t number) {
  std::string digits = std::to_string(number);
  return "shardId-" + std::string(12 - std::min<std::size_t>(12, digits.size()), '0') + digits;
}

std::optional<std::uint32_t> parse_shard_id(std::string_view id) {
  if (const std::size_t dash = id.find('-'); dash != std::string_view::npos) {
    const std::string_view behind = id.substr(dash + 1), part = behind.substr(0, behind.find('-'));
    if (!part.empty()) id = part;
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size() || number > 0x7fffffff) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

std::string Shard::id() const { return shard_id(number); }

std::string Shard::starting_sequence_number() const {
  return SequenceNumber{created_s, 0, created_s, number}.text();
}

std::vector<Shard> even_shards(std::uint32_t count, std::uint64_t created_s) {
  assert(count > 0);
  // floor(2^128 / n) without 129 bits: for n > 1 it is floor((2^128 - 1) / n), but for powers of two one
  // more.
  HashKey width = kMaxHashKey / count;
  if (count > 1 && kMaxHashKey % count == count - 1) ++width;
  std::vector<Shard> shards(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    shards[i].number = i;
    shards[i].created_s = created_s;
    shards[i].start = width * i;
    shards[i].end = i + 1 == count ? kMaxHashKey : width * (i + 1) - 1;
  }
  return shards;
}

const char* to_string(StreamStatus status) {
  switch (status) {
    case StreamStatus::creating:
      return "CREATING";
    case StreamStatus::updating:
      return "UPDATING";
    case StreamStatus::deleting:
      return "DELETING";
    default:
      return "ACTIVE";
  }
}

std::string Stream::arn() const { return millrace::arn_of("kinesis", region, account, "stream/" + name); }

std::string Stream::arn_of(const Consumer& consumer) const {
  return arn() + "/consumer/" + consumer.name + ":" + std::to_string(created_s_of(consumer));
}

std::int64_t Stream::created_s_of(const Consumer& consumer) {
  return std::chrono::floor<std::chrono::seconds>(consumer.created).time_since_epoch().count();
}

const Shard& Stream::shard_for(HashKey key) const {
  const auto behind = std::upper_bound(open_ranges.begin(), open_ranges.end(), key,
                                       [](HashKey k, const auto& range) { return k < range.first; });
  assert(behind != open_ranges.begin());  // the open shards cover all keys
  return shards[std::prev(behind)->second];
}

const Shard& Stream::shard_in_turn(std::size_t turn) const {
  return shards[open_ranges[turn % open_ranges.size()].second];
}

void Stream::index_shards() {
  open_ranges.clear();
  for (std::size_t i = 0; i < shards.size(); ++i)
    if (!shards[i].closed_s) open_ranges.emplace_back(shards[i].start, i);
  std::sort(open_ranges.begin(), open_ranges.end());
}

const Shard* Stream::find_shard(std::string_view id) const {
  const auto wanted = parse_shard_id(id);
  return wanted ? find_shard(*wanted) : nullptr;
}

const Shard* Stream::find_shard(std::uint32_t shard) const {
  const auto at = std::lower_bound(shards.begin(), shards.end(), shard,
                                   [](const Shard& s, std::uint32_t wanted) { return s.number < wanted; });
  return at != shards.end() && at->number == shard ? &*at : nullptr;
}

const Consumer* Stream::find_consumer(std::string_view consumer) const {
  for (const Consumer& c : consumers)
    if (c.name == consumer) return &c;
  return nullptr;
}

std::vector<const Shard*> Stream::children_of(const Shard& shard) const {
  std::vector<const Shard*> out;
  for (const Shard& s : shards)
    if (s.parent == shard.number || s.adjacent_parent == shard.number) out.push_back(&s);
  return out;
}

int Stream::open_shards() const {
  return static_cast<int>(
      std::count_if(shards.begin(), shards.end(), [](const Shard& s) { return !s.closed_s; }));
}

std::optional<StreamArn> parse_stream_arn(std::string_view arn) {
  const bool ends_well = !arn.ends_with('/');
  if (take_until(arn, ':') != "arn") return std::nullopt;
  const std::string_view partition = take_until(arn, ':');
  if (take_until(arn, ':') != "kinesis") return std::nullopt;
  StreamArn out;
  out.region = take_until(arn, ':');
  if (partition != partition_of(out.region)) return std::nullopt;
  out.account = take_until(arn, ':');
  if (take_until(arn, '/') != "stream" || !ends_well) return std::nullopt;
  out.name = take_until(arn, '/');
  if (arn.empty()) return out;
  if (take_until(arn, '/') != "consumer") return std::nullopt;
  out.consumer = take_until(arn, ':');
  const auto [end, error] = std::from_chars(arn.data(), arn.data() + arn.size(), out.consumer_created);
  if (out.consumer.empty() || error != std::errc() || end != arn.data() + arn.size()) return std::nullopt;
  return out;
}

}  // namespace millrace::kinesis
