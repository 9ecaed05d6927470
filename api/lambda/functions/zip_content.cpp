#include "api/lambda/functions/zip_content.h"

#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace millrace::lambda {

namespace {

constexpr std::size_t kMaxPathBytes = 4096 - 256, kMaxPartBytes = 255;
// Of all paths together; finding each costs time.
constexpr std::size_t kMaxParts = 2'000'000;

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using EntryReader = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

Archive open_archive(const std::string& bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* opened = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!opened && source) zip_source_free(source);
  zip_error_fini(&error);
  return {opened, &zip_discard};
}

// Names of the archive's directory that hold a NUL, which libzip shows as a space.
std::set<std::string> names_with_nul(const std::string& bytes) {
  constexpr std::string_view kMark("PK\1\2", 4);
  constexpr std::size_t kLengthAt = 28, kNameAt = 46;  // APPNOTE.TXT, 4.3.12
  std::set<std::string> out;
  std::size_t next = 0;  // records do not overlap, so that the names are no more than the archive
  for (std::size_t at = bytes.find(kMark); at != bytes.npos; at = bytes.find(kMark, next)) {
    next = at + 1;
    if (bytes.size() - at < kNameAt) break;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + kLengthAt + i]); };
    const std::size_t length = byte(0) + 256u * byte(1);
    if (bytes.size() - at - kNameAt < length) continue;
    next = at + kNameAt + length;
    std::string name = bytes.substr(at + kNameAt, length);
    if (name.find('\0') == name.npos) continue;
    std::replace(name.begin(), name.end(), '\0', ' ');
    out.insert(std::move(name));
  }
  return out;
}

// The files and directories that an archive stands for. Each is kept once, however many paths lead through
// it.
class PathTree {
 public:
  // A path is of one file or of directories, which may be named often. What is wrong with it, or nullptr.
  const char* add(std::string_view name, bool directory) {
    std::uint32_t at = 0;  // the top
    bool added = directory;
    while (!name.empty()) {
      const std::size_t end = std::min(name.find('/'), name.size());
      const std::string_view part = name.substr(0, end);
      const bool file = end == name.size() && !directory;
      name.remove_prefix(std::min(end + 1, name.size()));
      if (part.empty() || part == ".") continue;
      if (++parts_ > kMaxParts) return "exceeds the limit of 2000000 names in all paths";
      auto found = nodes_.find(Key{at, part});
      if (found != nodes_.end()) {
        if (file || found->second.file) return kTwice;
      } else {
        if (nodes_.size() >= static_cast<std::size_t>(kMaxZipEntries))
          return "exceeds the limit of 100000 files and directories";
        const Node node{static_cast<std::uint32_t>(nodes_.size() + 1), file};
        found = nodes_.emplace(std::pair(at, std::string(part)), node).first;
        added = added || file;
      }
      at = found->second.number;
    }
    return added ? nullptr : kTwice;
  }

  static constexpr const char* kTwice = "occurs twice";

 private:
  using Key = std::pair<std::uint32_t, std::string_view>;  // number of the directory, name in it
  struct Before {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.first != b.first ? a.first < b.first : std::string_view(a.second) < std::string_view(b.second);
    }
  };
  struct Node {
    std::uint32_t number;
    bool file;
  };
  std::map<std::pair<std::uint32_t, std::string>, Node, Before> nodes_;  // no hashes, which could be attacked
  std::size_t parts_ = 0;
};

// Reads an archive entry by entry, and remembers which paths it has.
class Inspection {
 public:
  Inspection(const std::string& bytes, zip_t* archive)
      : archive_(archive), with_nul_(names_with_nul(bytes)) {}

  ZipContent run() {
    const zip_int64_t count = zip_get_num_entries(archive_, 0);
    if (count <= 0) return {ZipState::empty};
    if (count > kMaxZipEntries)
      return unusable("it has more than " + std::to_string(kMaxZipEntries) + " entries");
    if (claims_too_much(static_cast<zip_uint64_t>(count))) return {ZipState::too_large_unzipped};
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
      const char* name = zip_get_name(archive_, i, 0);
      if (!name) return {ZipState::unreadable};
      const std::string wrong = entry(i, name);
      if (too_large_) return {ZipState::too_large_unzipped};
      if (!wrong.empty()) return unusable("entry \"" + std::string(name) + "\" " + wrong);
    }
    return {ZipState::good, total_, {}};
  }

 private:
  static ZipContent unusable(std::string why) { return {ZipState::unusable, 0, std::move(why)}; }

  // Spares the reading of an honest one.
  bool claims_too_much(zip_uint64_t count) const {
    std::uint64_t left = kMaxUnzippedBytes;
    for (zip_uint64_t i = 0; i < count; ++i) {
      zip_stat_t info;
      if (zip_stat_index(archive_, i, 0, &info) != 0 || !(info.valid & ZIP_STAT_SIZE)) continue;
      if (info.size > left) return true;
      left -= info.size;
    }
    return false;
  }

  // What is wrong with it; empty: nothing.
  std::string entry(zip_uint64_t index, std::string_view name) {
    if (with_nul_.contains(std::string(name))) return "has a NUL in its name";
    if (!stays_inside(name)) return "has a path that leads out of the archive";
    const bool directory = name.ends_with('/');
    if (const char* wrong = wrong_type(index, directory)) return wrong;
    if (const char* wrong = paths_.add(name, directory)) return wrong;
    return directory ? "" : read(index);
  }

  const char* wrong_type(zip_uint64_t index, bool directory) const {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    zip_file_get_external_attributes(archive_, index, 0, &system, &attributes);
    const mode_t type = system == ZIP_OPSYS_UNIX ? (attributes >> 16) & S_IFMT : 0;
    if (type == S_IFLNK) return "is a symbolic link; put the file that it points to into the archive";
    if (type != 0 && type != (directory ? S_IFDIR : S_IFREG)) return "is neither a file nor a directory";
    return nullptr;
  }

  std::string read(zip_uint64_t index) {
    const EntryReader in(zip_fopen_index(archive_, index, 0), &zip_fclose);
    if (!in) return std::string("cannot be read: ") + zip_strerror(archive_);
    for (;;) {
      const zip_int64_t n = zip_fread(in.get(), buffer_.data(), buffer_.size());
      if (n == 0) return {};
      if (n < 0) return "is damaged";
      total_ += static_cast<std::uint64_t>(n);
      too_large_ = total_ > kMaxUnzippedBytes;
      if (too_large_) return {};
    }
  }

  zip_t* const archive_;
  const std::set<std::string> with_nul_;
  PathTree paths_;
  std::vector<char> buffer_ = std::vector<char>(64 << 10);
  std::uint64_t total_ = 0;
  bool too_large_ = false;
};

}  // namespace

bool too_many_paths(const std::vector<std::string>& names) {
  PathTree paths;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const char* wrong = paths.add(name, name.ends_with('/'));
    return wrong && wrong != PathTree::kTwice;
  });
}

bool stays_inside(std::string_view name) {
  if (name.empty() || name.size() > kMaxPathBytes || name.front() == '/') return false;
  if (name.find('\\') != name.npos) return false;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    if (part == ".." || part.size() > kMaxPartBytes) return false;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return true;
}

ZipContent inspect_zip(const std::string& bytes) {
  if (bytes.empty()) return {ZipState::empty};
  const Archive archive = open_archive(bytes);
  if (!archive) return {ZipState::unreadable};
  return Inspection(bytes, archive.get()).run();
}

}  // namespace millrace::lambda
