// Records as they were read: slices of pinned blocks, no copies.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/clock.h"
#include "storage/record_batch.h"

namespace millrace::storage {

struct Record {
  Index index;
  Time arrival;
  std::string_view key, data;  // valid while the Records it came from lives
  Sealed sealed = Sealed::no;
};

// What stands before a stored record's key.
struct RecordHeader {
  std::uint16_t key_size;
  std::uint32_t size;  // of the data
  Sealed sealed;

  // `p` points at kRecordHeaderBytes.
  static RecordHeader at(const char* p) {
    RecordHeader h;
    std::memcpy(&h.key_size, p, sizeof h.key_size);
    std::memcpy(&h.size, p + sizeof h.key_size, sizeof h.size);
    h.sealed = (h.key_size & kSealedBit) != 0 ? Sealed::yes : Sealed::no;
    h.key_size &= static_cast<std::uint16_t>(~kSealedBit);
    return h;
  }
  [[nodiscard]] std::size_t record_size() const { return kRecordHeaderBytes + key_size + size; }
};

// A block's bytes and what keeps them in memory (a cache entry, a pinned read); shared, since a cache and
// several readers hold the same block.
struct Block {
  std::string_view bytes;
  std::shared_ptr<const void> owner;

  [[nodiscard]] std::uint32_t count() const { return load<std::uint32_t>(4); }
  [[nodiscard]] Index first() const { return {load<std::uint64_t>(8)}; }
  [[nodiscard]] Index next() const { return first() + count(); }
  [[nodiscard]] Time arrival() const { return Time(std::chrono::milliseconds(load<std::int64_t>(16))); }

  // Whether the bytes are a whole block of a known version.
  [[nodiscard]] bool valid() const { return bytes.size() >= kBlockHeaderBytes && bytes[0] == 1; }

 private:
  template <class T>
  [[nodiscard]] T load(std::size_t at) const {
    T v;
    std::memcpy(&v, bytes.data() + at, sizeof v);
    return v;
  }
};

// A run of records over one or more blocks, in order.
class Records {
 public:
  Records(Index from = {}) : next_(from), end_(from) {}

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  // keys and data
  [[nodiscard]] std::size_t sealed() const { return sealed_; }  // how many of the records are
  // Where to read on.
  [[nodiscard]] Index next() const { return next_; }
  // The shard's end when it was read: `next() == end()` means that nothing is left.
  [[nodiscard]] Index end() const { return end_; }
  // When the first record that was not returned arrived; only meaningful while next() != end().
  [[nodiscard]] Time next_arrival() const { return next_arrival_; }

  // Calls `f(const Record&)` for each record in order.
  template <class F>
  void for_each(F&& f) const {
    for (const Part& part : parts_) {
      std::size_t at = part.offset;
      for (std::uint32_t i = 0; i < part.count; ++i) f(decode(part.block, part.first + i, at));
    }
  }

  // For engines: appends records of `block` from `from` on while the limits allow; false when a limit was
  // reached before the block's end or the block's bytes do not hold what its header says.
  bool take(const Block& block, Index from, std::uint32_t max_records, std::uint64_t max_bytes);
  void set_next(Index next) { next_ = next; }
  void set_end(Index end) { end_ = end; }
  void set_next_arrival(Time t) { next_arrival_ = t; }

 private:
  struct Part {
    Block block;
    Index first;
    std::uint32_t count;
    std::size_t offset;  // of the first record
  };

  // Decodes the record at `at` and moves `at` behind it.
  static Record decode(const Block& block, Index index, std::size_t& at) {
    const char* p = block.bytes.data() + at;
    const RecordHeader header = RecordHeader::at(p);
    at += header.record_size();
    p += kRecordHeaderBytes;
    return {index, block.arrival(), {p, header.key_size}, {p + header.key_size, header.size}, header.sealed};
  }

  std::vector<Part> parts_;
  std::size_t count_ = 0, sealed_ = 0;
  std::uint64_t bytes_ = 0;
  Index next_, end_;
  Time next_arrival_{};
};

}  // namespace millrace::storage
