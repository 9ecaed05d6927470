#include "api/kinesis/sequence_number.h"

#include <algorithm>
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
  SequenceNumber s;
  s.shard = static_cast<std::uint32_t>(w[2] >> 4);
  s.arrival_s = w[2] >> 36 | (w[1] & 0xFF) << 28;
  s.number = w[1] >> 16 | w[0] << 48;
  s.behind = (w[1] >> 8 & 0xFF) == 1;
  s.created_s = w[0] >> 20 & 0xFFFFFFFFFu;
  if (s.number > kLastNumber || words_of(s) != w) return std::nullopt;
  return s;
}

SequenceNumber sequence_number(std::uint64_t shard_created_s, std::uint32_t shard, storage::Index index,
                               Time arrival) {
  const auto ms = arrival.time_since_epoch().count();
  return {shard_created_s, index.value + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0) / 1000),
          shard};
}

}  // namespace millrace::kinesis
