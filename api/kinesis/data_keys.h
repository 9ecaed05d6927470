// The encryption of records at rest. Each stream has data keys of its own, made at random, with which its
// records are sealed; the stream's row keeps them wrapped by the server's master key. They are the only keys
// to the records: a stream's end is theirs, and what stood in the log's files is noise from then on.
//
// A sealed record's data, integers little-endian:
//   sealed := data key id u32 | nonce u8[12] | ciphertext u8[size of the data] | tag u8[16]
// in AES-256-GCM, with the stream's number u64 and the partition key as what is authenticated besides: a
// record that was moved to another stream or under another key does not open.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/core/seal.h"
#include "storage/losses.h"
#include "storage/records.h"

namespace millrace::kinesis {

inline constexpr std::size_t kSealHeadBytes = 4 + 12, kSealTagBytes = 16;
inline constexpr std::size_t kSealBytes = kSealHeadBytes + kSealTagBytes;  // what sealing adds

// A data key at work. Safe from any thread.
class RecordCipher {
 public:
  explicit RecordCipher(const Seal::Key& key);

  // Seals in place: `space` holds the data between kSealHeadBytes and kSealTagBytes that are free.
  void seal(std::uint32_t id, std::uint64_t stream, std::string_view partition_key,
            std::span<char> space) const;
  // Puts the data of what `seal` made into `plain`; false when anything of it was changed.
  [[nodiscard]] bool open(std::uint64_t stream, std::string_view partition_key, std::string_view sealed,
                          std::string& plain) const;

 private:
  // A nonce := prefix u32 | count u64. No two records of one key may have the same. Random nonces would meet
  // too likely after 2^32 records, which a busy stream writes within hours; so they are counted, from where
  // chance put this process. Two of n processes that seal m records each overlap with a probability of
  // n^2 * m / 2^96.
  const Seal::Key key_;
  std::uint32_t prefix_ = 0;
  mutable std::atomic<std::uint64_t> count_ = 0;
};

// A stream's key of one StartStreamEncryption.
struct DataKey {
  std::uint32_t id = 0;                        // never used again in the stream
  std::string kms_key;                         // as the request named it
  std::string wrapped;                         // by the master key
  std::optional<Time> retired;                 // since when it seals no more
  std::shared_ptr<const RecordCipher> cipher;  // shared by the versions of the stream
};

[[nodiscard]] DataKey new_data_key(const Seal& master, std::uint64_t stream, std::uint32_t id,
                                   std::string kms_key);
// Sets the cipher of a key that was loaded; false when it was wrapped by another master key.
[[nodiscard]] bool unwrap(const Seal& master, std::uint64_t stream, DataKey& key);

// The data of a record of the stream `number` as it was put: the record's own, or opened into `space`.
// Throws StorageFailure when none of `keys` opens it: the log is damaged.
[[nodiscard]] std::string_view open_record(std::span<const DataKey> keys, std::uint64_t number,
                                           const storage::Record& record, std::string& space);

// As `open_record`, and notes a record that does not open as lost, in its `shard`: nullopt.
[[nodiscard]] std::optional<std::string_view> open_or_note(std::span<const DataKey> keys,
                                                           storage::ShardId shard,
                                                           const storage::Record& record, std::string& space,
                                                           storage::Losses& losses);

// Keys and data of what was read, as they were put.
[[nodiscard]] std::uint64_t bytes_put(const storage::Records& read);

// Whether a text has a form by which requests name a key of KMS: a UUID (of a multi-Region key: mrk- and 32
// hex digits), alias/NAME, or the ARN of either.
[[nodiscard]] bool names_kms_key(std::string_view text);

}  // namespace millrace::kinesis
