// Functions' zip archives as files: <directory>/<account>/<SHA-256, hex>.zip. A file under that name is
// whole; what is being written ends in ".new". What a start finds unused is moved to <directory>.unused/ and
// removed by a later start, unless it is used again by then.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <mutex>

#include "api/lambda/functions/code_store.h"
#include "storage/base/files.h"
#include "storage/damaged_objects.h"

namespace millrace::functions {

// Where code comes from that a client names by bucket and key. Owned by the application.
class ObjectSource {
 public:
  virtual ~ObjectSource() = default;
  // The bytes of an object, at most `limit` of them ("EntityTooLarge").
  [[nodiscard]] virtual boost::asio::awaitable<boost::system::result<std::string, lambda::FetchError>> read(
      Caller caller, std::string bucket, std::string key, std::uint64_t limit) = 0;
};

// Reads and writes on threads of its own. Safe from any executor.
class CodeFiles final : public lambda::CodeStore {
 public:
  struct Options {
    bool sync = true;          // whether what is put must survive a power loss
    bool keep_unused = false;  // whether a sweep removes nothing: the catalog may have lost rows
  };
  // `objects` may be nullptr: then every bucket is missing. Archives that are not what was put are noted in
  // `damaged`, if that is given. Throws std::runtime_error when the directory cannot be made.
  CodeFiles(std::filesystem::path directory, Options options, ObjectSource* objects,
            storage::DamagedObjects* damaged = nullptr);
  ~CodeFiles() override;

  [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> zip_of(std::string account,
                                                                          std::string code_sha256) override;
  [[nodiscard]] boost::asio::awaitable<storage::Result<void>> put(std::string account,
                                                                  std::string code_sha256,
                                                                  std::string zip) override;
  [[nodiscard]] boost::asio::awaitable<std::optional<FilePart>> file_of(std::string account,
                                                                        std::string code_sha256) override;
  [[nodiscard]] boost::asio::awaitable<void> discard(std::string account, std::string code_sha256,
                                                     std::function<bool()> unused) override;
  [[nodiscard]] boost::asio::awaitable<void> sweep(
      std::function<bool(const std::string&, const std::string&)> used) override;
  [[nodiscard]] boost::asio::awaitable<boost::system::result<std::string, lambda::FetchError>> fetch(
      Caller caller, std::string bucket, std::string key, std::uint64_t limit) override;

  // Notes the archive when it is missing or does not have `bytes`, and is `used` after that. Blocks.
  void check(const std::string& account, const std::string& code_sha256, std::uint64_t bytes,
             const std::function<bool()>& used);
  // Forgets what was noted and is whole again. Blocks.
  void recheck_damaged();

 private:
  using Path = std::filesystem::path;
  [[nodiscard]] Path path_of(const std::string& account, const std::string& code_sha256) const;

  using Used = std::function<bool(const std::string&, const std::string&)>;
  struct Found {
    std::string account;
    Path path;
    bool archive = false, used = false;
  };
  [[nodiscard]] static std::vector<Found> list(const Path& directory, const Used& used);
  void restore_or_remove(const Found& file) const;
  void set_aside(const Found& file) const;

  // These run on the pool and block.
  boost::asio::awaitable<std::optional<std::string>> read(Path path);
  boost::asio::awaitable<storage::Result<void>> write(Path path, std::string zip);
  boost::asio::awaitable<std::optional<FilePart>> open(Path path);
  // Whether the bytes are those that the name of the file stands for; notes it when they are not.
  [[nodiscard]] bool is_whole(const Path& path, const std::string& bytes) const;
  boost::asio::awaitable<void> remove(Path path, std::function<bool()> unused);
  boost::asio::awaitable<void> remove_unused(Used used);

  [[nodiscard]] storage::Durable durable() const {
    return options_.sync ? storage::Durable::yes : storage::Durable::no;
  }

  const Path directory_, unused_;
  const Options options_;
  ObjectSource* const objects_;
  storage::DamagedObjects* const damaged_;
  std::mutex mutex_;  // held while a file comes or goes, on the pool's threads alone
  boost::asio::thread_pool pool_{2};
};

}  // namespace millrace::functions
