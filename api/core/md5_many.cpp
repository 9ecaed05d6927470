#include "api/core/md5_many.h"

#include <openssl/evp.h>

#include <cstdint>
#include <cstring>
#include <memory>

namespace millrace {

namespace {

constexpr std::size_t kLanes = 8;
// A text that fills one block with its padding.
constexpr std::size_t kMaxShort = 55;

#if defined(__x86_64__)

// RFC 1321, 3.4: the integer part of 2^32 times abs(sin(i + 1)), and by how much a step turns.
constexpr std::uint32_t kSines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
constexpr std::uint32_t kStart[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

using Lanes = std::uint32_t __attribute__((vector_size(32)));

// One block in each lane: `words` are the blocks' words side by side.
__attribute__((target("avx2"))) void hash_blocks(const std::uint32_t (&words)[16][kLanes],
                                                 std::uint32_t (&state)[4][kLanes]) {
  Lanes w[16];
  std::memcpy(w, words, sizeof w);
  Lanes a = Lanes{} + kStart[0], b = Lanes{} + kStart[1], c = Lanes{} + kStart[2], d = Lanes{} + kStart[3];
#pragma clang loop unroll(full)
  for (int i = 0; i < 64; ++i) {
    Lanes f;
    int word;
    if (i < 16) {
      f = ((c ^ d) & b) ^ d;
      word = i;
    } else if (i < 32) {
      f = ((b ^ c) & d) ^ c;
      word = (5 * i + 1) & 15;
    } else if (i < 48) {
      f = b ^ c ^ d;
      word = (3 * i + 5) & 15;
    } else {
      f = c ^ (b | ~d);
      word = 7 * i & 15;
    }
    const Lanes sum = a + f + w[word] + kSines[i];
    const int turn = kTurns[i / 16][i % 4];
    a = d;
    d = c;
    c = b;
    b = b + ((sum << turn) | (sum >> (32 - turn)));
  }
  a = a + kStart[0];
  b = b + kStart[1];
  c = c + kStart[2];
  d = d + kStart[3];
  std::memcpy(state[0], &a, sizeof a);
  std::memcpy(state[1], &b, sizeof b);
  std::memcpy(state[2], &c, sizeof c);
  std::memcpy(state[3], &d, sizeof d);
}

void hash_short(const std::string_view* texts, std::size_t count, Md5Digest** digests) {
  std::uint32_t words[16][kLanes] = {};
  for (std::size_t lane = 0; lane < count; ++lane) {
    char block[64] = {};
    std::memcpy(block, texts[lane].data(), texts[lane].size());
    block[texts[lane].size()] = static_cast<char>(0x80);
    const std::uint64_t bits = texts[lane].size() * 8;
    std::memcpy(block + 56, &bits, sizeof bits);
    for (std::size_t k = 0; k < 16; ++k) std::memcpy(&words[k][lane], block + 4 * k, 4);
  }
  std::uint32_t state[4][kLanes];
  hash_blocks(words, state);
  for (std::size_t lane = 0; lane < count; ++lane)
    for (std::size_t k = 0; k < 4; ++k) std::memcpy(digests[lane]->data() + 4 * k, &state[k][lane], 4);
}

bool eight_at_a_time() {
  static const bool avx2 = __builtin_cpu_supports("avx2");
  return avx2;
}

#else

void hash_short(const std::string_view*, std::size_t, Md5Digest**) {}
bool eight_at_a_time() { return false; }

#endif

}  // namespace

Md5Digest md5(std::string_view text) {
  // Looking an algorithm up costs more than hashing a key, so both are kept.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                     EVP_MD_CTX_free);
  Md5Digest digest{};
  unsigned size = 0;
  EVP_DigestInit_ex2(context.get(), algorithm, nullptr);
  EVP_DigestUpdate(context.get(), text.data(), text.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  return digest;
}

void md5_many(std::span<const std::string_view> texts, std::span<Md5Digest> digests) {
  std::string_view waiting[kLanes];
  Md5Digest* of[kLanes];
  std::size_t count = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() > kMaxShort || !eight_at_a_time()) {
      digests[i] = md5(texts[i]);
      continue;
    }
    waiting[count] = texts[i];
    of[count++] = &digests[i];
    if (count < kLanes) continue;
    hash_short(waiting, count, of);
    count = 0;
  }
  if (count > 0) hash_short(waiting, count, of);
}

}  // namespace millrace
