#include "api/kinesis/sequence_number.h"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace millrace::kinesis {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kBase = 10'000'000'000'000'000'000u;  // 10^19

using Words = std::array<std::uint64_t, 3>;  // most significant first

Words words_of(const SequenceNumber& s) {
  // Bit offsets from the low end: '2' 0, shard 4, arrival 36, "00" 72, number 80, low digit 144, created 148,
  // '2' 184.
  Words w{};
  w[2] = 2 | std::uint64_t{s.shard} << 4 | s.arrival_s << 36;
  w[1] = (s.arrival_s >> 28) & 0xFF;
  w[1] |= s.number << 16;
  if (s.behind) w[1] |= 1 << 8;
  w[0] = s.number >> 48;
  w[0] |= std::uint64_t{s.shard & 15} << 16 | (s.created_s & 0xFFFFFFFFFu) << 20 | std::uint64_t{2} << 56;
  return w;
}

std::uint64_t divide(Words& w, std::uint64_t by) {
  Wide rest = 0;
  for (std::uint64_t& word : w) {
    const Wide v = rest << 64 | word;
    word = static_cast<std::uint64_t>(v / by);
    rest = v % by;
  }
  return static_cast<std::uint64_t>(rest);
}

Words limbs_of(Words w) {
  Words limbs;
  for (int i = 2; i >= 0; --i) limbs[static_cast<std::size_t>(i)] = divide(w, kBase);
  return limbs;
}

// nullopt when it is no decimal number below 2^192.
std::optional<Words> parse_words(std::string_view text) {
  Words w{};
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    Wide carry = static_cast<Wide>(c - '0');
    for (std::size_t i = 3; i-- > 0;) {
      const Wide v = Wide{w[i]} * 10 + carry;
      w[i] = static_cast<std::uint64_t>(v);
      carry = v >> 64;
    }
    if (carry != 0) return std::nullopt;
  }
  return w;
}

// Without leading zeros, in lower case.
std::string hex_of(const Words& w) {
  char out[49];
  std::snprintf(out, sizeof out, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, w[0], w[1], w[2]);
  const std::string_view text(out);
  return std::string(text.substr(std::min(text.find_first_not_of('0'), text.size())));
}

// "00" to "99".
struct Pairs {
  std::array<char, 200> text{};
  constexpr Pairs() {
    for (std::size_t i = 0; i < 100; ++i) {
      text[2 * i] = static_cast<char>('0' + i / 10);
      text[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
  }
};
constexpr Pairs kPairs;

char* write_digits(std::uint64_t v, std::size_t digits, char* out) {
  std::size_t i = digits;
  for (; i >= 2; i -= 2, v /= 100) std::memcpy(out + i - 2, &kPairs.text[2 * (v % 100)], 2);
  if (i > 0) *out = static_cast<char>('0' + v % 10);
  return out + digits;
}

}  // namespace

SequenceNumbers::SequenceNumbers(const SequenceNumber& first) : limbs_(limbs_of(words_of(first))) {}

char* SequenceNumbers::write_next(char* out) {
  out = write_digits(limbs_[0], kDigits - 38, out);
  out = write_digits(limbs_[1], 19, out);
  out = write_digits(limbs_[2], 19, out);
  // One more is 2^80 more.
  static const Words kStep = limbs_of({0, std::uint64_t{1} << 16, 0});
  std::uint64_t carry = 0;
  for (std::size_t i = 3; i-- > 0;) {
    const Wide sum = Wide{limbs_[i]} + kStep[i] + carry;
    carry = sum >= kBase ? 1 : 0;
    limbs_[i] = static_cast<std::uint64_t>(carry ? sum - kBase : sum);
  }
  return out;
}

std::string SequenceNumber::text() const {
  std::string out(SequenceNumbers::kDigits, '0');
  SequenceNumbers(*this).write_next(out.data());
  return out;
}

std::optional<SequenceNumber> parse_sequence_number(std::string_view text) {
  if (text.size() != SequenceNumbers::kDigits) return std::nullopt;
  const auto words = parse_words(text);
  if (!words) return std::nullopt;
  const Words& w = *words;
  SequenceNumber s;
  s.shard = static_cast<std::uint32_t>(w[2] >> 4);
  s.arrival_s = w[2] >> 36 | (w[1] & 0xFF) << 28;
  s.number = w[1] >> 16 | w[0] << 48;
  s.behind = (w[1] >> 8 & 0xFF) == 1;
  s.created_s = w[0] >> 20 & 0xFFFFFFFFFu;
  if (s.number > kLastNumber || words_of(s) != w) return std::nullopt;
  return s;
}

std::string ReadSequenceNumber::shard_id() const {
  // Of a negative number, as AWS prints it: shardId--02147483648.
  const bool negative = shard < 0;
  const std::string digits = std::to_string(negative ? -shard : shard);
  const std::size_t width = negative ? 11 : 12;
  return (negative ? "shardId--" : "shardId-") + std::string(width - std::min(width, digits.size()), '0') +
         digits;
}

std::optional<ReadSequenceNumber> read_sequence_number(std::string_view text) {
  constexpr std::size_t kOldDigits = 32, kDigits = 47;   // in hex
  constexpr std::uint64_t kLatestSecond = 16025175000u;  // no shard was made that late
  auto words = parse_words(text);
  if (!words) return std::nullopt;
  if ((*words)[0] == 0 && (*words)[1] < std::uint64_t{1} << 60) (*words)[1] |= std::uint64_t{1} << 60;
  const std::string hex = hex_of(*words);
  const auto part = [&](std::size_t from, std::size_t to) {
    std::uint64_t value = 0;
    std::from_chars(hex.data() + from, hex.data() + to, value, 16);
    return value;
  };
  ReadSequenceNumber out;
  if (hex.size() == kOldDigits) {
    out = {.version = 0, .shard = static_cast<std::int64_t>(part(28, 32)), .created_s = part(1, 10)};
    return out.created_s < kLatestSecond ? std::optional(out) : std::nullopt;
  }
  if (hex.size() != kDigits || hex[0] != '2') return std::nullopt;
  out.created_s = part(1, 10);
  out.shard = static_cast<std::int64_t>(part(38, 46));
  if (hex.back() == '1') {
    out.version = 1;
    out.arrival_s = part(13, 22);
    return out;
  }
  if (hex.back() != '2' || hex[11] > '7' || out.created_s >= kLatestSecond) return std::nullopt;
  out.version = 2;
  out.arrival_s = part(29, 38);
  if (hex[38] > '7') out.shard = -out.shard;
  return out;
}

SequenceNumber sequence_number(std::uint64_t shard_created_s, std::uint32_t shard, storage::Index index,
                               Time arrival) {
  const auto ms = arrival.time_since_epoch().count();
  return {shard_created_s, index.value + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0) / 1000),
          shard};
}

char* AppendedNumbers::write_next(char* out) {
  if (left_ == 0 && !runs_.empty()) {
    const storage::Run& run = runs_.front();
    numbers_ = SequenceNumbers(sequence_number(created_s_, shard_, run.first, run.arrival));
    left_ = run.count;
    runs_ = runs_.subspan(1);
  }
  --left_;
  return numbers_.write_next(out);
}

}  // namespace millrace::kinesis
