#include "storage/files/rows.h"

#include <array>

#include "storage/base/ids.h"

namespace millrace::storage::files {

namespace {

constexpr char kVersion = 1, kUploadVersion = 2;

template <class T>
void add_number(std::string& to, T v) {
  for (int shift = static_cast<int>(sizeof v) * 8 - 8; shift >= 0; shift -= 8)
    to.push_back(static_cast<char>(v >> shift));
}
void add_text(std::string& to, std::string_view text) {
  add_number(to, static_cast<std::uint32_t>(text.size()));
  to.append(text);
}
void add_time(std::string& to, Time t) {
  add_number(to, static_cast<std::uint64_t>(t.time_since_epoch().count()));
}
void add_attributes(std::string& to, const Attributes& attributes) {
  add_number(to, static_cast<std::uint32_t>(attributes.size()));
  for (const auto& [name, value] : attributes) {
    add_text(to, name);
    add_text(to, value);
  }
}

// Takes a row apart; after a step beyond its end nothing more is read and done() is false.
class RowReader {
 public:
  // Of a version up to `newest`.
  explicit RowReader(std::string_view row, std::uint8_t newest = kVersion) : rest_(row) {
    version_ = number<std::uint8_t>();
    if (version_ < 1 || version_ > newest) failed_ = true;
  }
  [[nodiscard]] std::uint8_t version() const { return version_; }

  template <class T>
  T number() {
    T v = 0;
    for (const char c : take(sizeof v)) v = static_cast<T>(v << 7 << 1 | static_cast<unsigned char>(c));
    return v;
  }
  std::string text() { return std::string(take(number<std::uint32_t>())); }
  Time time() { return Time(std::chrono::milliseconds(static_cast<std::int64_t>(number<std::uint64_t>()))); }
  Attributes attributes() {
    Attributes out;
    for (auto n = number<std::uint32_t>(); n > 0 && !failed_; --n) {
      std::string name = text();
      out.emplace_back(std::move(name), text());
    }
    return out;
  }
  // Whether the whole row was read, and nothing beyond it.
  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t n) {
    if (failed_ || n > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }

  std::string_view rest_;
  std::uint8_t version_ = 0;
  bool failed_ = false;
};

std::string join(std::string_view table, std::string_view account, std::string_view bucket) {
  std::string key(table);
  key.append(account).append("/").append(bucket);
  return key;
}

}  // namespace

std::string bucket_prefix(std::string_view account) { return join("o/b/", account, ""); }
std::string bucket_key(const BucketId& id) { return join("o/b/", id.account, id.name); }
std::string settings_prefix(std::string_view name) {
  return std::string(kSettingsPrefix).append(name).append("/");
}
BucketId parse_setting_bucket(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  return {std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1))};
}
std::string setting_key(const BucketId& id, std::string_view name) {
  return join(settings_prefix(name), id.account, id.name);
}
std::string objects_prefix(const BucketId& id) { return join("o/k/", id.account, id.name) + "/"; }
std::string object_key(const ObjectId& id) { return objects_prefix(id.bucket) + id.key; }
std::string uploads_prefix(const BucketId& id) { return join("o/u/", id.account, id.name) + "/"; }
std::string upload_key(const UploadId& id) {
  std::string key = uploads_prefix(id.object.bucket) + id.object.key;
  key.push_back('\0');
  return key + id.id;
}
std::string parts_prefix(std::string_view upload) { return "o/p/" + std::string(upload) + "/"; }
std::string part_key(std::string_view upload, std::uint32_t number) {
  std::string key = parts_prefix(upload);
  add_number(key, number);
  return key;
}
std::string file_key(std::string_view file) { return "o/f/" + std::string(file); }
std::string garbage_key(std::string_view file) { return std::string(kGarbagePrefix).append(file); }

std::string bucket_row(const Bucket& bucket) {
  std::string row(1, kVersion);
  add_time(row, bucket.created);
  add_text(row, bucket.location);
  return row;
}

std::string stored_row(const Stored& stored) {
  std::string row(1, kVersion);
  add_text(row, stored.file);
  add_number(row, stored.size);
  add_time(row, stored.modified);
  add_text(row, stored.description.tag);
  add_attributes(row, stored.description.attributes);
  return row;
}

std::string setting_row(std::string_view text) {
  std::string row(1, kVersion);
  add_text(row, text);
  return row;
}

std::string upload_row(const Upload& upload) {
  std::string row(1, kUploadVersion);
  add_time(row, upload.started);
  add_attributes(row, upload.attributes);
  add_text(row, upload.before.value_or(""));
  return row;
}

std::optional<Bucket> parse_bucket(std::string_view name, std::string_view row) {
  RowReader in(row);
  Bucket bucket{.name = std::string(name), .location = "", .created = in.time()};
  bucket.location = in.text();
  if (!in.done()) return std::nullopt;
  return bucket;
}

std::optional<std::string> parse_setting(std::string_view row) {
  RowReader in(row);
  std::string text = in.text();
  if (!in.done()) return std::nullopt;
  return text;
}

std::optional<Stored> parse_stored(std::string_view row) {
  RowReader in(row);
  Stored stored;
  stored.file = in.text();
  stored.size = in.number<std::uint64_t>();
  stored.modified = in.time();
  stored.description.tag = in.text();
  stored.description.attributes = in.attributes();
  if (!in.done()) return std::nullopt;
  return stored;
}

std::optional<UploadId> parse_upload_id(const BucketId& bucket, std::string_view rest) {
  if (rest.size() < kIdBytes + 2) return std::nullopt;
  return UploadId{{bucket, std::string(rest.substr(0, rest.size() - kIdBytes - 1))},
                  std::string(rest.substr(rest.size() - kIdBytes))};
}

std::optional<Upload> parse_upload(std::string_view rest, std::string_view row) {
  auto id = parse_upload_id({}, rest);
  if (!id) return std::nullopt;
  RowReader in(row, kUploadVersion);
  Upload upload;
  upload.id = std::move(id->id);
  upload.key = std::move(id->object.key);
  upload.started = in.time();
  upload.attributes = in.attributes();
  if (in.version() > 1) upload.before = in.text();
  if (!in.done()) return std::nullopt;
  return upload;
}

Object object_of(std::string key, Stored stored) {
  return {std::move(key), stored.size, stored.modified, std::move(stored.description)};
}

Part part_of(std::uint32_t number, Stored stored) {
  return {number, stored.size, stored.modified, std::move(stored.description)};
}

std::optional<std::uint32_t> parse_part_number(std::string_view rest) {
  if (rest.size() != 4) return std::nullopt;
  std::uint32_t v = 0;
  for (const char c : rest) v = v << 8 | static_cast<unsigned char>(c);
  return v;
}

bool is_readable(std::string_view row_key, std::string_view row) {
  if (row_key.starts_with("o/b/")) return parse_bucket("", row).has_value();
  if (row_key.starts_with(kSettingsPrefix)) return parse_setting(row).has_value();
  if (row_key.starts_with("o/u/")) {
    const std::string an_id(kIdBytes + 2, '0');
    return parse_upload(an_id, row).has_value();
  }
  return parse_stored(row).has_value();
}

std::string printable(std::string_view row_key) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : row_key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || byte == '%')
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    else
      out += c;
  }
  return out;
}

std::string new_id() { return random_hex(kIdBytes); }

}  // namespace millrace::storage::files
