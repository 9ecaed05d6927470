// The engine's inside: what store.h owns and hands out as an ObjectStore.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <optional>

#include "storage/base/on_pool.h"
#include "storage/files/blob_directory.h"
#include "storage/files/name_locks.h"
#include "storage/files/rows.h"
#include "storage/files/store.h"

namespace millrace::storage::files {

class Engine final : public ObjectStore {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<Result<T>>;

  Engine(Catalog& catalog, FileStoreOptions options);

  // Makes the directories and starts the sweep.
  [[nodiscard]] Result<void> start();
  void close();
  [[nodiscard]] std::vector<UnreadableRow> unreadable();
  [[nodiscard]] Result<Copied> backup(const std::filesystem::path& dir,
                                      const std::function<Result<void>()>& copy_catalog,
                                      const std::stop_token& stop = {});

  Answer<void> create_bucket(BucketId id, std::string location, Attributes settings) override;
  Answer<void> remove_bucket(BucketId id) override;
  Answer<Bucket> bucket(BucketId id) override;
  Answer<std::vector<Bucket>> buckets(std::string account, std::string after, std::size_t limit) override;
  Answer<std::optional<std::string>> setting(BucketId id, std::string name) override;
  Answer<void> set_setting(BucketId id, std::string name, std::optional<std::string> value) override;
  Answer<std::vector<BucketId>> buckets_with(std::string name, BucketId after, std::size_t limit) override;

  std::unique_ptr<IncomingContent> incoming() override;
  Answer<Object> put(ObjectId id, Content content, Description description, Condition condition) override;
  Answer<OpenObject> open(ObjectId id) override;
  Answer<std::string> read(OpenObject object, std::uint64_t offset, std::size_t size) override;
  Answer<void> verify(OpenObject object, std::uint64_t offset, std::uint64_t size) override;
  Answer<std::vector<Removed>> remove(BucketId bucket, std::vector<Removal> removals) override;
  Answer<Object> set_attribute(ObjectId id, std::string name, std::optional<std::string> value) override;
  Answer<Listing> list(BucketId bucket, ListRequest request) override;

  Answer<std::string> begin_upload(ObjectId id, Attributes attributes) override;
  Answer<Upload> upload(UploadId id) override;
  Answer<Part> put_part(UploadId id, std::uint32_t number, Content content, Description description) override;
  Answer<std::vector<Part>> parts(UploadId id, std::uint32_t after, std::size_t limit) override;
  Answer<Object> complete_upload(UploadId id, std::vector<Part> parts, Description description,
                                 Condition condition) override;
  Answer<void> abort_upload(UploadId id) override;
  Answer<UploadListing> uploads(BucketId bucket, std::string prefix, std::string after_key,
                                std::string after_id, std::size_t limit) override;

 private:
  // Changes of rows, and the files that nothing refers to once they took effect.
  struct Changes {
    CatalogBatch batch;
    std::vector<std::string> garbage;

    void own(const std::string& file) { batch.put(file_key(file), ""); }
    void disown(const std::string& file) {
      if (file.empty()) return;  // its row cannot be decoded
      batch.remove(file_key(file));
      batch.put(garbage_key(file), "");
      garbage.push_back(file);
    }
  };
  class Incoming;                          // what incoming() makes
  enum class Origin { incoming, placed };  // where the file is that a commit refers to

  // Notes a row that cannot be decoded, and says so.
  Error unreadable(const std::string& row_key, const char* what) const;
  // Blocking, for the pool.
  // Calls `f` for each row behind `after` whose key begins with `prefix`, until it answers false.
  template <class F>
  [[nodiscard]] Result<void> for_each_row(const std::string& prefix, std::string after, F&& f) const {
    constexpr std::size_t kPage = 1000;
    for (;;) {
      const auto rows = catalog_.scan(prefix, after, kPage);
      if (!rows) return rows.error();
      for (const Row& row : *rows)
        if (!f(row)) return {};
      if (rows->size() < kPage) return {};
      after = rows->back().key;
    }
  }
  [[nodiscard]] Result<Bucket> read_bucket(const BucketId& id) const;
  [[nodiscard]] Result<std::optional<Stored>> read_stored(const std::string& row_key) const;
  // Likewise, for who replaces or removes it: one that cannot be decoded has no file, tag or time.
  [[nodiscard]] Result<std::optional<Stored>> read_replaced(const std::string& row_key) const;
  [[nodiscard]] Result<Upload> read_upload(const UploadId& id) const;
  [[nodiscard]] Result<std::vector<std::pair<std::uint32_t, Stored>>> read_parts(const std::string& upload,
                                                                                 std::uint32_t after,
                                                                                 std::size_t limit) const;
  [[nodiscard]] Result<OpenObject> open_now(const ObjectId& id) const;
  void note_damage(const ObjectId& id, const std::string& file, const std::string& detail) const;
  [[nodiscard]] Result<Listing> list_now(const BucketId& bucket, const ListRequest& request) const;
  [[nodiscard]] Result<void> check_room() const;
  // Takes over the file of one that was brought in pieces.
  [[nodiscard]] Result<std::string> write_file(Content& content) const;
  // Of uploads that are to be told of the removals: those that began when nothing had their key.
  [[nodiscard]] Result<std::vector<UploadId>> uploads_to_tell(const BucketId& bucket,
                                                              const std::vector<Removal>& removals) const;
  // Has each upload's row say that its key was removed, if it is among the changes. The caller holds their
  // locks.
  [[nodiscard]] Result<void> tell_uploads(const std::vector<UploadId>& uploads, Changes& changes) const;
  // Adds the removals whose conditions hold.
  [[nodiscard]] Result<std::vector<Removed>> prepare_removals(const BucketId& bucket,
                                                              const std::vector<Removal>& removals,
                                                              Changes& changes) const;
  // Adds the end of the bucket's row and of its settings.
  [[nodiscard]] Result<void> end_bucket(const BucketId& id, Changes& changes) const;
  // Adds the end of an upload and of all its parts but those whose file is `kept`.
  [[nodiscard]] Result<void> end_upload(const UploadId& id, const std::string& kept, Changes& changes) const;
  void sweep(const std::vector<std::string>& incoming);

  // Takes the lock of `id` and puts the object's row if `condition` holds; the caller holds the bucket's.
  // `before`: as Upload's; where the condition asks for something, that object must still be there.
  Answer<Object> commit_object(ObjectId id, Stored stored, Origin origin, Condition condition,
                               Changes changes, std::optional<std::string> before = std::nullopt);
  // Commits, and lets go of the garbage.
  Answer<void> commit(Changes changes);
  // Commits a reference to a file in DIR/incoming, and moves it to its place.
  Answer<void> commit_incoming(std::string file, Changes changes);
  // Unlinks in the background.
  void discard(std::vector<std::string> files);
  void note_unlinked(std::vector<std::string> files);
  void settle_doubtful();

  Catalog& catalog_;
  const FileStoreOptions options_;
  const SystemClock system_clock_;
  const Clock& clock_;
  Probes own_probes_;
  Counter& written_bytes_;
  Counter& removed_files_;
  DamagedObjects own_damaged_;
  DamagedObjects& damaged_;
  BlobDirectory blobs_;
  NameLocks locks_;
  boost::asio::thread_pool pool_;
  std::atomic<bool> closing_ = false;
  mutable UnreadableRows unreadable_;

  std::mutex mutex_;
  std::vector<std::string> unlinked_;  // guarded by mutex_; their notes go with the next commit
  std::vector<std::string> doubtful_;  // guarded by mutex_; a failed commit may have referred to them
};

[[nodiscard]] std::uint64_t size_of(const Content& content);

}  // namespace millrace::storage::files
