#include "api/s3/checksum.h"

#include <openssl/evp.h>

#include <stdexcept>

#include "api/core/base64.h"
#include "api/core/message.h"
#include "api/s3/crc.h"

namespace millrace::s3 {

namespace {

struct AlgorithmNames {
  std::string_view name, suffix;
  std::size_t size;
};
constexpr AlgorithmNames kNames[] = {
    {"CRC32", "crc32", 4}, {"CRC32C", "crc32c", 4},  {"CRC64NVME", "crc64nvme", 8},
    {"SHA1", "sha1", 20},  {"SHA256", "sha256", 32},
};
const AlgorithmNames& names_of(Algorithm a) { return kNames[static_cast<std::size_t>(a)]; }
constexpr std::string_view kHeaderPrefix = "x-amz-checksum-";

template <class Word>
std::string big_endian(Word v) {
  std::string out;
  for (int shift = static_cast<int>(sizeof v) * 8 - 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(v >> shift));
  return out;
}
template <class Word>
Word from_big_endian(std::string_view bytes) {
  Word v = 0;
  for (const char c : bytes) v = v << 8 | static_cast<unsigned char>(c);
  return v;
}

template <class C, class Word>
std::string combine_all(std::span<const PartDigest> parts) {
  Word sum = 0;
  for (const PartDigest& part : parts) sum = C::combine(sum, from_big_endian<Word>(part.raw), part.size);
  return big_endian(sum);
}

class Evp {
 public:
  explicit Evp(const EVP_MD* type) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex2(context_.get(), type, nullptr) != 1)
      throw std::runtime_error("a digest is not available");
  }
  void update(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string finish() {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), out, &size);
    return {reinterpret_cast<const char*>(out), size};
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string finish(const EVP_MD* type, std::string_view bytes) {
  Evp digest(type);
  digest.update(bytes);
  return digest.finish();
}

}  // namespace

std::string_view name_of(Algorithm a) { return names_of(a).name; }
std::string header_of(Algorithm a) { return std::string(kHeaderPrefix).append(names_of(a).suffix); }
std::string_view lower_name_of(Algorithm a) { return names_of(a).suffix; }
std::string element_of(Algorithm a) { return "Checksum" + std::string(name_of(a)); }
std::size_t size_of(Algorithm a) { return names_of(a).size; }

std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (const Algorithm a : kAlgorithms)
    if (equals_ignoring_case(name, name_of(a))) return a;
  return std::nullopt;
}
std::optional<Algorithm> algorithm_of_header(std::string_view header) {
  for (const Algorithm a : kAlgorithms)
    if (equals_ignoring_case(header, header_of(a))) return a;
  return std::nullopt;
}

struct Digests::State {
  explicit State(std::vector<Algorithm> wanted) : algorithms(std::move(wanted)), md5(EVP_md5()) {
    for (const Algorithm a : algorithms) {
      if (a == Algorithm::sha1) sha1.emplace(EVP_sha1());
      if (a == Algorithm::sha256) sha256.emplace(EVP_sha256());
    }
  }
  std::vector<Algorithm> algorithms;
  Evp md5;
  std::optional<Evp> sha1, sha256;
  Crc32 crc32;
  Crc32c crc32c;
  Crc64Nvme crc64nvme;
};

Digests::Digests(std::vector<Algorithm> algorithms)
    : state_(std::make_unique<State>(std::move(algorithms))) {}
Digests::~Digests() = default;
Digests::Digests(Digests&&) noexcept = default;

void Digests::update(std::string_view bytes) {
  state_->md5.update(bytes);
  for (const Algorithm a : state_->algorithms) {
    switch (a) {
      case Algorithm::crc32:
        state_->crc32.update(bytes);
        break;
      case Algorithm::crc32c:
        state_->crc32c.update(bytes);
        break;
      case Algorithm::crc64nvme:
        state_->crc64nvme.update(bytes);
        break;
      case Algorithm::sha1:
        state_->sha1->update(bytes);
        break;
      case Algorithm::sha256:
        state_->sha256->update(bytes);
        break;
    }
  }
}

std::string Digests::md5() { return state_->md5.finish(); }

std::string Digests::value(Algorithm a) {
  switch (a) {
    case Algorithm::crc32:
      return big_endian(state_->crc32.value());
    case Algorithm::crc32c:
      return big_endian(state_->crc32c.value());
    case Algorithm::crc64nvme:
      return big_endian(state_->crc64nvme.value());
    case Algorithm::sha1:
      return state_->sha1.value().finish();
    case Algorithm::sha256:
      return state_->sha256.value().finish();
  }
  return {};
}

std::string md5_of(std::string_view bytes) { return finish(EVP_md5(), bytes); }
std::string sha256_of(std::string_view bytes) { return finish(EVP_sha256(), bytes); }

std::string digest_of(Algorithm a, std::string_view bytes) {
  Digests digests({a});
  digests.update(bytes);
  return digests.value(a);
}

std::string combined(Algorithm a, std::span<const PartDigest> parts) {
  if (a == Algorithm::crc32) return combine_all<Crc32, std::uint32_t>(parts);
  if (a == Algorithm::crc32c) return combine_all<Crc32c, std::uint32_t>(parts);
  return combine_all<Crc64Nvme, std::uint64_t>(parts);
}

std::string composite(Algorithm a, std::span<const PartDigest> parts) {
  std::string all;
  for (const PartDigest& part : parts) all += part.raw;
  return base64_encode(digest_of(a, all)) + "-" + std::to_string(parts.size());
}

}  // namespace millrace::s3
