// The engine's inside: what store.h owns and hands out as an ObjectStore.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <optional>

#include "storage/files/blob_directory.h"
#include "storage/files/name_locks.h"
#include "storage/files/on_pool.h"
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
  [[nodiscard]] Result<Copied> backup(const std::filesystem::path& dir,
                                      const std::function<Result<void>()>& copy_catalog);

  Answer<void> create_bucket(BucketId id, std::string location) override;
  Answer<void> remove_bucket(BucketId id) override;
  Answer<Bucket> bucket(BucketId id) override;
  Answer<std::vector<Bucket>> buckets(std::string account, std::string after, std::size_t limit) override;

  Answer<Object> put(ObjectId id, Content content, Description description, Condition condition) override;
  Answer<OpenObject> open(ObjectId id) override;
  Answer<std::string> read(OpenObject object, std::uint64_t offset, std::size_t size) override;
  Answer<void> remove(BucketId bucket, std::vector<std::string> keys) override;
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
      batch.remove(file_key(file));
      batch.put(garbage_key(file), "");
      garbage.push_back(file);
    }
  };
  enum class Origin { incoming, placed };  // where the file is that a commit refers to

  // Blocking, for the pool.
  [[nodiscard]] Result<Bucket> read_bucket(const BucketId& id) const;
  [[nodiscard]] Result<std::optional<Stored>> read_stored(const std::string& row_key) const;
  [[nodiscard]] Result<Upload> read_upload(const UploadId& id) const;
  [[nodiscard]] Result<std::vector<std::pair<std::uint32_t, Stored>>> read_parts(const std::string& upload,
                                                                                 std::uint32_t after,
                                                                                 std::size_t limit) const;
  [[nodiscard]] Result<OpenObject> open_now(const ObjectId& id) const;
  [[nodiscard]] Result<Listing> list_now(const BucketId& bucket, const ListRequest& request) const;
  [[nodiscard]] Result<std::string> write_file(const Content& content) const;
  // Adds the end of an upload and of all its parts but those whose file is `kept`.
  [[nodiscard]] Result<void> end_upload(const UploadId& id, const std::string& kept, Changes& changes) const;
  void sweep(const std::vector<std::string>& incoming);

  // Takes the lock of `id` and puts the object's row if `condition` holds; the caller holds the bucket's.
  Answer<Object> commit_object(ObjectId id, Stored stored, Origin origin, Condition condition,
                               Changes changes);
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
  BlobDirectory blobs_;
  NameLocks locks_;
  boost::asio::thread_pool pool_;
  std::atomic<bool> closing_ = false;

  std::mutex mutex_;
  std::vector<std::string> unlinked_;  // guarded by mutex_; their notes go with the next commit
  std::vector<std::string> doubtful_;  // guarded by mutex_; a failed commit may have referred to them
};

}  // namespace millrace::storage::files
