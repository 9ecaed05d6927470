// The three CRCs of S3, all reflected with all ones before and after, and their combination: the CRC of two
// texts together out of theirs and the second one's length.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace millrace::s3 {

// `kPolynomial` in reflected form.
template <class Word, Word kPolynomial>
class Crc {
 public:
  void update(std::string_view bytes) {
    const char* p = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t state = state_;
    for (; left >= 8; left -= 8, p += 8) {  // eight tables, eight bytes a step
      std::uint64_t word;
      std::memcpy(&word, p, 8);
      static_assert(std::endian::native == std::endian::little);
      word ^= state;
      state = 0;
      for (int i = 0; i < 8; ++i) state ^= kTables[7 - i][word >> (8 * i) & 0xff];
    }
    for (; left > 0; --left, ++p)
      state = kTables[0][(state ^ static_cast<unsigned char>(*p)) & 0xff] ^ state >> 8;
    state_ = static_cast<Word>(state);
  }
  [[nodiscard]] Word value() const { return static_cast<Word>(~state_); }

  // The CRC of a text of CRC `first` followed by one of CRC `second` and `size` bytes.
  [[nodiscard]] static Word combine(Word first, Word second, std::uint64_t size) {
    // A zero bit behind a text is a linear map of its CRC; squared three times, a zero byte.
    Matrix zeros{};
    zeros[0] = kPolynomial;
    for (std::size_t i = 1; i < kBits; ++i) zeros[i] = Word{1} << (i - 1);
    for (int i = 0; i < 3; ++i) zeros = square(zeros);
    for (; size > 0; size >>= 1) {
      if (size & 1) first = times(zeros, first);
      zeros = square(zeros);
    }
    return first ^ second;
  }

 private:
  static constexpr std::size_t kBits = sizeof(Word) * 8;
  using Matrix = std::array<Word, kBits>;

  static Word times(const Matrix& m, Word vector) {
    Word sum = 0;
    for (std::size_t i = 0; vector != 0; ++i, vector >>= 1)
      if (vector & 1) sum ^= m[i];
    return sum;
  }
  static Matrix square(const Matrix& m) {
    Matrix out{};
    for (std::size_t i = 0; i < kBits; ++i) out[i] = times(m, m[i]);
    return out;
  }

  using Tables = std::array<std::array<Word, 256>, 8>;
  static constexpr Tables make_tables() {
    Tables t{};
    for (unsigned i = 0; i < 256; ++i) {
      Word v = i;
      for (int bit = 0; bit < 8; ++bit) v = v & 1 ? v >> 1 ^ kPolynomial : v >> 1;
      t[0][i] = v;
    }
    for (unsigned i = 0; i < 256; ++i)
      for (unsigned k = 1; k < 8; ++k) t[k][i] = t[k - 1][i] >> 8 ^ t[0][t[k - 1][i] & 0xff];
    return t;
  }
  static constexpr Tables kTables = make_tables();

  Word state_ = static_cast<Word>(~Word{0});
};

using Crc32 = Crc<std::uint32_t, 0xEDB88320u>;
using Crc32c = Crc<std::uint32_t, 0x82F63B78u>;
using Crc64Nvme = Crc<std::uint64_t, 0x9A6C9329AC4BC9B5u>;

}  // namespace millrace::s3
