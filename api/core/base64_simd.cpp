#include "api/core/base64_simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace millrace::base64_simd {

#if defined(__x86_64__)

namespace {

// The methods are those of W. Mula and D. Lemire, "Faster Base64 Encoding and Decoding using AVX2
// Instructions" (2018) and "Base64 encoding and decoding at almost the speed of a memory copy" (2020).

#define MILLRACE_AVX2 __attribute__((target("avx2")))
#define MILLRACE_VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi")))

MILLRACE_AVX2 std::size_t encode_avx2(const char* bytes, std::size_t size, char* out) {
  const __m256i spread = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10, 1, 0, 2, 1, 4, 3,
                                          5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  // From a value to its character: what to add, by the range it is in.
  const __m256i offsets = _mm256_setr_epi8(65, 71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 0, 0, 65,
                                           71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 0, 0);
  std::size_t at = 0;
  for (; at + 28 <= size; at += 24, out += 32) {  // reads 28 bytes, encodes 24
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at + 12));
    const __m256i in = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
    const __m256i ac = _mm256_mulhi_epu16(_mm256_and_si256(in, _mm256_set1_epi32(0x0fc0fc00)),
                                          _mm256_set1_epi32(0x04000040));
    const __m256i bd = _mm256_mullo_epi16(_mm256_and_si256(in, _mm256_set1_epi32(0x003f03f0)),
                                          _mm256_set1_epi32(0x01000010));
    const __m256i values = _mm256_or_si256(ac, bd);
    const __m256i ranges = _mm256_sub_epi8(_mm256_subs_epu8(values, _mm256_set1_epi8(51)),
                                           _mm256_cmpgt_epi8(values, _mm256_set1_epi8(25)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out),
                        _mm256_add_epi8(values, _mm256_shuffle_epi8(offsets, ranges)));
  }
  return at;
}

MILLRACE_AVX2 std::size_t decode_avx2(const char* text, std::size_t size, char* out) {
  const __m256i by_low = _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13,
                                          0x1a, 0x1b, 0x1b, 0x1b, 0x1a, 0x15, 0x11, 0x11, 0x11, 0x11, 0x11,
                                          0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
  const __m256i by_high = _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10,
                                           0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x01, 0x02, 0x04, 0x08,
                                           0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
  const __m256i offsets = _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16,
                                           19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i pack = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, 2, 1, 0, 6, 5,
                                        4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i slash = _mm256_set1_epi8(0x2f);
  std::size_t at = 0;
  for (; at + 44 <= size; at += 32, out += 24) {  // writes 32 bytes, of which 24 count
    const __m256i in = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at));
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(in, 4), slash);
    const __m256i low = _mm256_and_si256(in, slash);
    if (!_mm256_testz_si256(_mm256_shuffle_epi8(by_low, low), _mm256_shuffle_epi8(by_high, high))) break;
    const __m256i roll = _mm256_shuffle_epi8(offsets, _mm256_add_epi8(_mm256_cmpeq_epi8(in, slash), high));
    const __m256i values = _mm256_add_epi8(in, roll);
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i packed = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(fours, pack),
                                                       _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), packed);
  }
  return at;
}

struct Tables {
  alignas(64) char alphabet[64];
  alignas(64) unsigned char value_of[128];  // 0x80: not of the alphabet
  alignas(64) unsigned char spread[64], pack[64];
  constexpr Tables() : alphabet(), value_of(), spread(), pack() {
    constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (auto& v : value_of) v = 0x80;
    for (unsigned i = 0; i < 64; ++i) {
      alphabet[i] = kAlphabet[i];
      value_of[static_cast<unsigned char>(kAlphabet[i])] = static_cast<unsigned char>(i);
    }
    for (unsigned i = 0; i < 16; ++i) {
      const unsigned three = i * 3, four = i * 4;
      const unsigned order[4] = {three + 1, three, three + 2, three + 1};
      for (unsigned k = 0; k < 4; ++k) spread[four + k] = static_cast<unsigned char>(order[k]);
      for (unsigned k = 0; k < 3; ++k) pack[three + k] = static_cast<unsigned char>(four + 2 - k);
    }
  }
};
constexpr Tables kTables;

constexpr __mmask64 k48 = 0x0000ffffffffffff;

MILLRACE_VBMI std::size_t encode_vbmi(const char* bytes, std::size_t size, char* out) {
  const __m512i spread = _mm512_load_si512(kTables.spread);
  const __m512i alphabet = _mm512_load_si512(kTables.alphabet);
  const __m512i shifts = _mm512_set1_epi64(0x3036242a1016040a);
  std::size_t at = 0;
  for (; at + 48 <= size; at += 48, out += 64) {
    const __m512i in = _mm512_permutexvar_epi8(spread, _mm512_maskz_loadu_epi8(k48, bytes + at));
    const __m512i values = _mm512_multishift_epi64_epi8(shifts, in);
    _mm512_storeu_si512(out, _mm512_permutexvar_epi8(values, alphabet));
  }
  return at;
}

MILLRACE_VBMI std::size_t decode_vbmi(const char* text, std::size_t size, char* out) {
  const __m512i low = _mm512_load_si512(kTables.value_of), high = _mm512_load_si512(kTables.value_of + 64);
  const __m512i pack = _mm512_load_si512(kTables.pack);
  std::size_t at = 0;
  for (; at + 64 <= size; at += 64, out += 48) {
    const __m512i in = _mm512_loadu_si512(text + at);
    const __m512i values = _mm512_permutex2var_epi8(low, in, high);
    if (_mm512_movepi8_mask(_mm512_or_si512(values, in)) != 0) break;
    const __m512i pairs = _mm512_maddubs_epi16(values, _mm512_set1_epi32(0x01400140));
    const __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00011000));
    _mm512_mask_storeu_epi8(out, k48, _mm512_permutexvar_epi8(pack, fours));
  }
  return at;
}

bool has_vbmi() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vbmi");
}

}  // namespace

#endif

namespace {

std::size_t none(const char*, std::size_t, char*) { return 0; }

std::vector<Way> ways_here() {
  std::vector<Way> ways;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (has_vbmi()) ways.push_back({"AVX-512 VBMI", encode_vbmi, decode_vbmi});
  if (__builtin_cpu_supports("avx2")) ways.push_back({"AVX2", encode_avx2, decode_avx2});
#endif
  ways.push_back({"none", none, none});
  return ways;
}

}  // namespace

const std::vector<Way>& ways() {
  static const std::vector<Way> found = ways_here();
  return found;
}

}  // namespace millrace::base64_simd
