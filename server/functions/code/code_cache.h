// Functions' code, unpacked: <directory>/<SHA-256 of the archive, hex>/. Layers that functions have together
// are unpacked over each other: <directory>/layers-<SHA-256 of all their SHA-256s, hex>/. A directory is
// complete when <same name>.complete stands beside it with the machine's boot id: what a crash of the machine
// may have torn is unpacked anew, what a crash of the server left is used. What is to be removed is renamed
// to <directory>/.old-<number> first. Whatever else stands in the place of these is removed, and not
// followed.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "api/lambda/runner.h"

namespace millrace::functions {

inline constexpr std::uint64_t kMaxUnpackedBytes = 262144000;  // 250 MiB, AWS's limit

// Unpacks `archive` into the directory `to`, over what is there. Returns why it must not be, or cannot be,
// unpacked; empty when it was. `left`: how many bytes still may be unpacked. All may read what is unpacked,
// and run what its owner may. Blocks. `to` is left behind on failure.
[[nodiscard]] std::string unpack(const std::string& archive, const std::filesystem::path& to,
                                 std::uint64_t& left);

// Lives on the runner's io_context; unpacks on threads of its own, so that a large archive does not hold up
// small ones, and removes on another, of low priority.
class CodeCache {
 public:
  CodeCache(boost::asio::io_context& context, std::filesystem::path directory, lambda::CodeSource& source,
            std::size_t max_unused);
  ~CodeCache();

  struct Entry;
  // Holds a directory in use, so that it is not removed.
  class Use {
   public:
    Use() = default;
    Use(CodeCache& cache, Entry& entry, std::filesystem::path path);
    Use(Use&& other) noexcept { *this = std::move(other); }
    Use& operator=(Use&& other) noexcept;
    ~Use();
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

   private:
    CodeCache* cache_ = nullptr;
    Entry* entry_ = nullptr;
    std::filesystem::path path_;
  };

  // The function's code, fetched and unpacked if it is not there. The error is in words.
  [[nodiscard]] boost::asio::awaitable<boost::system::result<Use, lambda::NotRun>> open(
      lambda::FunctionSpec function);
  // Likewise its layers; for one that has some.
  [[nodiscard]] boost::asio::awaitable<boost::system::result<Use, lambda::NotRun>> open_layers(
      lambda::FunctionSpec function);
  // The function is gone: removes its code, unless another function or a running worker uses it.
  void forget(const std::string& arn);
  // Waits until nothing is being unpacked or removed any more. A removal is interrupted; the next start
  // continues it. Blocks.
  void join();

 private:
  using Archives = std::vector<std::string>;  // SHA-256s, base64
  boost::asio::awaitable<boost::system::result<Use, lambda::NotRun>> open(lambda::FunctionSpec function,
                                                                          Archives archives,
                                                                          std::string name);
  boost::asio::awaitable<std::string> fill(std::string account, Archives archives, std::string name);
  boost::asio::awaitable<std::string> add(std::string account, std::string sha256, std::filesystem::path to,
                                          std::uint64_t& left);
  void released(Entry& entry);
  void remove(Entry& entry);
  // These are safe from any thread. Out of sight at once, so that the name is free.
  void set_aside(const std::filesystem::path& path);
  void remove_code(const std::string& name);
  std::string install(const std::filesystem::path& fresh, const std::string& name);
  void remove_later(std::filesystem::path aside);
  void bound_unused();
  void adopt_existing();

  boost::asio::io_context& context_;
  const std::filesystem::path directory_;
  lambda::CodeSource& source_;
  const std::size_t max_unused_;
  const std::string boot_id_;
  std::map<std::string, std::unique_ptr<Entry>> entries_;  // by name: stable addresses
  std::uint64_t clock_ = 0;                                // counts uses, for the least recent one
  std::atomic<std::uint64_t> set_aside_ = 0;
  std::atomic<bool> stop_ = false;
  boost::asio::thread_pool pool_{4}, remover_{1};
};

}  // namespace millrace::functions
