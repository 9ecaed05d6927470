// Functions' zip archives as files: <directory>/<account>/<SHA-256, hex>.zip. A file under that name is
// whole; what is being written ends in ".new".
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <mutex>

#include "api/lambda/code_store.h"

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
  // `sync`: whether what is put must survive a power loss. `objects` may be nullptr: then every bucket is
  // missing. Throws std::filesystem::filesystem_error when the directory cannot be made.
  CodeFiles(std::filesystem::path directory, bool sync, ObjectSource* objects);
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

 private:
  using Path = std::filesystem::path;
  [[nodiscard]] Path path_of(const std::string& account, const std::string& code_sha256) const;

  // These run on the pool and block.
  boost::asio::awaitable<std::optional<std::string>> read(Path path);
  boost::asio::awaitable<storage::Result<void>> write(Path path, std::string zip);
  boost::asio::awaitable<std::optional<FilePart>> open(Path path);
  boost::asio::awaitable<void> remove(Path path, std::function<bool()> unused);
  boost::asio::awaitable<void> remove_unused(
      std::function<bool(const std::string&, const std::string&)> used);

  const Path directory_;
  const bool sync_;
  ObjectSource* const objects_;
  std::mutex mutex_;  // held while a file comes or goes, on the pool's threads alone
  boost::asio::thread_pool pool_{2};
};

}  // namespace millrace::functions
