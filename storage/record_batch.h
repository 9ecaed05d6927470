// Records on their way to one shard, laid out as they will be stored, so that the way from the decoder to the
// disk holds one copy of the data.
//
// A stored block, integers little-endian:
//   block  := version u8 (=1) | zero u8[3] | count u32 | first index u64 | arrival ms i64 | record * count
//   record := key length u16, its highest bit: sealed | data length u32 | key | data
#pragma once

#include <boost/container/vector.hpp>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace millrace::storage {

inline constexpr std::size_t kBlockHeaderBytes = 24;
inline constexpr std::size_t kRecordHeaderBytes = 6;
inline constexpr std::uint16_t kSealedBit = 0x8000;  // of the two bytes of the key's length

// The address of a record within its shard. Indexes ascend; see shard_log.h.
struct Index {
  std::uint64_t value = 0;
  friend auto operator<=>(const Index&, const Index&) = default;
  friend Index operator+(Index i, std::uint64_t n) { return {i.value + n}; }
};

// Whether a record's data is encrypted. The mark is stored with the record; storage does not decrypt the data
// itself.
enum class Sealed : bool { no, yes };

// Bytes that can grow without being initialized.
using Bytes = boost::container::vector<char>;

class RecordBatch {
 public:
  RecordBatch() : RecordBatch(0) {}
  // Reserves space for `bytes` bytes of records.
  explicit RecordBatch(std::size_t bytes) {
    bytes_.reserve(kBlockHeaderBytes + bytes);
    bytes_.resize(kBlockHeaderBytes, '\0');
  }

  // Appends a record. `key` is at most 32,767 bytes.
  void add(std::string_view key, std::string_view data) {
    std::memcpy(add_space(key, data.size()).data(), data.data(), data.size());
  }

  // Appends a record of `data_size` bytes and returns where its data goes, valid until the next call.
  [[nodiscard]] std::span<char> add_space(std::string_view key, std::size_t data_size,
                                          Sealed sealed = Sealed::no) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + kRecordHeaderBytes + key.size() + data_size, boost::container::default_init);
    const auto key_size = static_cast<std::uint16_t>(key.size() | (sealed == Sealed::yes ? kSealedBit : 0u));
    const auto size = static_cast<std::uint32_t>(data_size);
    char* p = bytes_.data() + at;
    std::memcpy(p, &key_size, sizeof key_size);
    std::memcpy(p + sizeof key_size, &size, sizeof size);
    std::memcpy(p + kRecordHeaderBytes, key.data(), key.size());
    ++count_;
    return {p + kRecordHeaderBytes + key.size(), data_size};
  }

  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  // The stored size: the block's header, not yet filled in, and the records.
  [[nodiscard]] Bytes& bytes() { return bytes_; }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  std::uint32_t count_ = 0;
};

}  // namespace millrace::storage
