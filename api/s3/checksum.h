// The checksums that S3 keeps beside an object, and MD5, which makes its entity tag.
// Source: Amazon S3 user guide, "Checking object integrity".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::s3 {

enum class Algorithm { crc32, crc32c, crc64nvme, sha1, sha256 };
inline constexpr Algorithm kAlgorithms[] = {Algorithm::crc32, Algorithm::crc32c, Algorithm::crc64nvme,
                                            Algorithm::sha1, Algorithm::sha256};

// "CRC32", as in x-amz-checksum-algorithm; "ChecksumCRC32" and "x-amz-checksum-crc32" follow from it.
[[nodiscard]] std::string_view name_of(Algorithm a);
[[nodiscard]] std::string header_of(Algorithm a);
[[nodiscard]] std::string element_of(Algorithm a);
[[nodiscard]] std::string_view lower_name_of(Algorithm a);  // "crc32", as messages have it
[[nodiscard]] std::size_t size_of(Algorithm a);             // of a value in bytes
[[nodiscard]] std::optional<Algorithm> algorithm_named(std::string_view name);
// "crc32" of "x-amz-checksum-crc32".
[[nodiscard]] std::optional<Algorithm> algorithm_of_header(std::string_view header);

// Several digests of one text, brought piece by piece.
class Digests {
 public:
  explicit Digests(std::vector<Algorithm> algorithms);
  ~Digests();
  Digests(Digests&&) noexcept;

  void update(std::string_view bytes);

  // Raw bytes, big-endian. Only once, and after it no other call but these.
  [[nodiscard]] std::string md5();
  [[nodiscard]] std::string value(Algorithm a);  // of those given to the constructor

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string md5_of(std::string_view bytes);
[[nodiscard]] std::string sha256_of(std::string_view bytes);
[[nodiscard]] std::string digest_of(Algorithm a, std::string_view bytes);

// A part's value and size.
struct PartDigest {
  std::string raw;
  std::uint64_t size = 0;
};
// The value over the whole object out of its parts'; only for CRCs.
[[nodiscard]] std::string combined(Algorithm a, std::span<const PartDigest> parts);
// "<base64 of the digest of the parts' digests>-<number of parts>".
[[nodiscard]] std::string composite(Algorithm a, std::span<const PartDigest> parts);

}  // namespace millrace::s3
