// A store on a disk that can be cut off, and whose segments can be spoilt.
#pragma once

#include <fstream>
#include <map>

#include "tests/unit/storage/local/fixture.h"
#include "tests/unit/storage/local/lossy_files.h"

namespace millrace::storage {

namespace fs = std::filesystem;

constexpr ShardId kShard{1, 0}, kOther{1, 1};

class SegmentsTest : public StoreTest {
 protected:
  SegmentsTest() {
    options.tail_cache_bytes = 0;
    options.mark_delay = std::chrono::hours(1);
    options.file_system = std::make_shared<LossyFiles>(disk);
  }

  ~SegmentsTest() override { store.reset(); }  // before its disk

  // The process is killed: what was written is there, and nothing is put in order.
  void crash() {
    disk.cut();
    EXPECT_FALSE(try_append({99, 0}, {"late"}));
    store.reset();
    disk.come_back();
  }

  std::vector<fs::path> segments() const {
    std::vector<fs::path> paths;
    for (const auto& file : fs::directory_iterator(options.dir / "segments")) paths.push_back(file.path());
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  // What the store's files hold, by name; not RocksDB's log of what it does.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& file : fs::recursive_directory_iterator(options.dir))
      if (file.is_regular_file()) all[file.path().lexically_relative(options.dir)] = bytes_of(file.path());
    return all;
  }
  static std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static void overwrite(const fs::path& file, std::size_t at, const std::string& bytes) {
    std::fstream to(file, std::ios::binary | std::ios::in | std::ios::out);
    to.seekp(static_cast<std::streamoff>(at));
    to.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  // Where `text` first stands in a segment.
  static std::optional<std::size_t> find(const fs::path& segment, const std::string& text) {
    const std::size_t at = bytes_of(segment).find(text);
    return at == std::string::npos ? std::nullopt : std::optional(at);
  }
  static void spoil(const fs::path& segment, std::size_t at) {
    std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(at));
    const char was = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(was ^ 0x10));
  }
  // Spoils the first place that holds `text`, `before` bytes in front of it.
  void spoil_text(const std::string& text, std::size_t before = 0) {
    for (const fs::path& segment : segments())
      if (const auto at = find(segment, text)) return spoil(segment, *at - before);
    FAIL() << text << " is in no segment";
  }

  Disk disk;
};

}  // namespace millrace::storage
