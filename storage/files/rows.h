// The engine's rows in the catalog. Integers are big-endian; `text` is its length as u32 and its bytes.
//
//   bucket  "o/b/" account '/' bucket                     -> version u8 (=1) | created ms u64 | location text
//   object  "o/k/" account '/' bucket '/' key             -> version u8 (=1) | file text | size u64
//                                                            | modified ms u64 | tag text | attributes
//   setting "o/s/" name '/' account '/' bucket            -> version u8 (=1) | text
//   upload  "o/u/" account '/' bucket '/' key 0x00 id     -> version u8 (=2) | started ms u64 | attributes
//                                                            | before text; version 1: without `before`
//     (before: the file of the object that had the key when the upload began; empty: none had it; "removed":
//     none had it, and one was removed since)
//   part    "o/p/" upload id '/' number u32               -> as object
//   file    "o/f/" file                                   -> empty; the file belongs to an object or part
//   garbage "o/g/" file                                   -> empty; the file belongs to nothing any more
//   attributes := count u32, then name text | value text for each
//
// Identifiers of files and uploads are 32 hex digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/objects.h"

namespace millrace::storage::files {

inline constexpr std::size_t kIdBytes = 32;

[[nodiscard]] std::string bucket_prefix(std::string_view account);
[[nodiscard]] std::string bucket_key(const BucketId& id);
inline constexpr std::string_view kSettingsPrefix = "o/s/";
[[nodiscard]] std::string settings_prefix(std::string_view name);
// `rest`: the row's key behind settings_prefix.
[[nodiscard]] BucketId parse_setting_bucket(std::string_view rest);
[[nodiscard]] std::string setting_key(const BucketId& id, std::string_view name);
[[nodiscard]] std::string objects_prefix(const BucketId& id);
[[nodiscard]] std::string object_key(const ObjectId& id);
[[nodiscard]] std::string uploads_prefix(const BucketId& id);
[[nodiscard]] std::string upload_key(const UploadId& id);
[[nodiscard]] std::string parts_prefix(std::string_view upload);
[[nodiscard]] std::string part_key(std::string_view upload, std::uint32_t number);
[[nodiscard]] std::string file_key(std::string_view file);
[[nodiscard]] std::string garbage_key(std::string_view file);
inline constexpr std::string_view kGarbagePrefix = "o/g/";

// What an object's or a part's row says.
struct Stored {
  std::string file;
  std::uint64_t size = 0;
  Time modified;
  Description description;
};

[[nodiscard]] std::string bucket_row(const Bucket& bucket);
[[nodiscard]] std::string stored_row(const Stored& stored);
[[nodiscard]] std::string setting_row(std::string_view text);
[[nodiscard]] std::string upload_row(const Upload& upload);

// nullopt where the bytes are no row of a known version.
[[nodiscard]] std::optional<Bucket> parse_bucket(std::string_view name, std::string_view row);
[[nodiscard]] std::optional<std::string> parse_setting(std::string_view row);
[[nodiscard]] std::optional<Stored> parse_stored(std::string_view row);
// `rest`: the row's key behind uploads_prefix.
[[nodiscard]] std::optional<UploadId> parse_upload_id(const BucketId& bucket, std::string_view rest);
[[nodiscard]] std::optional<Upload> parse_upload(std::string_view rest, std::string_view row);

[[nodiscard]] Object object_of(std::string key, Stored stored);
[[nodiscard]] Part part_of(std::uint32_t number, Stored stored);
// `rest`: the row's key behind parts_prefix.
[[nodiscard]] std::optional<std::uint32_t> parse_part_number(std::string_view rest);

// Whether the row is what its key says.
[[nodiscard]] bool is_readable(std::string_view row_key, std::string_view row);
// A row's key for people: bytes that are no text are %XX.
[[nodiscard]] std::string printable(std::string_view row_key);

// A new identifier, random.
[[nodiscard]] std::string new_id();

}  // namespace millrace::storage::files
