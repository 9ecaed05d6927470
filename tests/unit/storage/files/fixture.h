// What the tests of the engine for objects share: a store over a real catalog, driven from plain functions.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include "storage/files/store.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::storage {

class FileStoreTest : public StoreTest {
 protected:
  FileStoreTest() {
    static std::atomic<int> number = 0;
    file_options.dir = std::filesystem::temp_directory_path() /
                       ("millrace-files-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    std::filesystem::remove_all(file_options.dir);
    file_options.fsync = false;
    file_options.threads = 4;
    file_options.clock = &clock;
  }
  ~FileStoreTest() override {
    files.reset();
    std::error_code ignored;
    std::filesystem::remove_all(file_options.dir, ignored);
  }
  void SetUp() override {
    open();
    open_files();
    ASSERT_TRUE(run(objects().create_bucket(bucket, "eu-west-1")));
  }
  void open_files() {
    auto opened = FileStore::open(store->catalog(), file_options);
    ASSERT_TRUE(opened) << opened.error().detail;
    files = std::move(*opened);
  }
  void reopen_files() {
    files.reset();
    open_files();
  }
  ObjectStore& objects() { return files->objects(); }

  ObjectId id_of(const std::string& key) const { return {bucket, key}; }
  Result<Object> put(const std::string& key, const std::string& bytes, Condition condition = {}) {
    return run(objects().put(id_of(key), bytes, Description{"tag of " + bytes, {{"a", "1"}}}, condition));
  }
  static std::vector<Removal> removals(const Strings& keys) {
    std::vector<Removal> out;
    for (const std::string& key : keys) out.push_back({key, {}});
    return out;
  }
  std::string get(const std::string& key) {
    auto opened = run(objects().open(id_of(key)));
    if (!opened) return opened.error().code == Errc::not_found ? "(none)" : opened.error().detail;
    return bytes_of(*opened);
  }
  std::string bytes_of(const OpenObject& object) {
    auto bytes = run(objects().read(object, 0, object.object.size));
    return bytes ? *bytes : bytes.error().detail;
  }
  // The entries' names; a common prefix has a '*' behind it.
  Strings names(const ListRequest& request, bool* truncated = nullptr) {
    const auto listing = run(objects().list(bucket, request)).value();
    if (truncated) *truncated = listing.truncated;
    Strings out;
    for (const ListEntry& entry : listing.entries) {
      const auto* object = std::get_if<Object>(&entry);
      out.push_back(object ? object->key : std::get<std::string>(entry) + "*");
    }
    return out;
  }
  // How many files there are below the directory, once what is being unlinked is gone.
  std::size_t files_on_disk() {
    files->close();
    std::size_t n = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(file_options.dir))
      n += entry.is_regular_file();
    reopen_files();
    return n;
  }

  const BucketId bucket{"000000000000", "bucket"};
  FileStoreOptions file_options;
  std::unique_ptr<FileStore> files;
};

}  // namespace millrace::storage
