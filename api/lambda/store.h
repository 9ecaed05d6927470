// The functions: rows of the catalog, and all of them in memory, since every invocation looks one up.
//   l/f/<account>/<region>/<name>  a function, JSON, {"version": 1, ...}
//   l/seal                         the key of markers and download links, 32 bytes
// (l/e/ and l/p/, accepted events: event_queue.h)
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <shared_mutex>
#include <vector>

#include "api/core/seal.h"
#include "api/core/service.h"
#include "api/lambda/model.h"
#include "storage/catalog.h"

namespace millrace::lambda {

// Shared, since a request or an invocation uses the function as it was while another changes it.
using FunctionPtr = std::shared_ptr<const Function>;

// Safe from any thread. Reads never wait for the disk.
class Functions {
 public:
  // Loads all. Throws StorageFailure.
  explicit Functions(storage::Catalog& catalog);

  // nullptr when there is none. `spec()` of a function is what the runner wants, `role` its role.
  [[nodiscard]] FunctionPtr find(const std::string& account, const std::string& region,
                                 const std::string& name) const;
  // All of an account and region by name, from behind `after`, at most `limit`.
  [[nodiscard]] std::vector<FunctionPtr> list(const Caller& caller, const std::string& after,
                                              std::size_t limit) const;

  struct Usage {
    std::uint64_t count = 0, code_bytes = 0;
  };
  [[nodiscard]] Usage usage(const Caller& caller) const;

  // Keeps a new function; completes when it is on disk. Throws function_exists.
  [[nodiscard]] asio::awaitable<void> create(Function function);
  // Changes a function; completes when that is on disk, with the function as it is now. `change` sees the
  // newest state and may throw. Throws function_not_found when it is gone, update_in_progress while another
  // request changes it.
  [[nodiscard]] asio::awaitable<FunctionPtr> update(FunctionPtr function,
                                                    std::function<void(Function&)> change);
  // Throws as `update` does.
  [[nodiscard]] asio::awaitable<void> remove(FunctionPtr function);

  // Keeps an archive of code from being discarded while it is on its way into a function.
  class CodePin {
   public:
    CodePin(Functions& functions, std::string account, const std::string& sha256);
    CodePin(const CodePin&) = delete;
    ~CodePin();

   private:
    Functions& functions_;
    const std::string key_;
  };
  // Whether a function or a pin holds the archive.
  [[nodiscard]] bool uses_code(const std::string& account, const std::string& sha256) const;

  // The seal of markers and links.
  [[nodiscard]] const Seal& seal() const { return seal_; }
  // Keeps a key that was made at this start; awaited once, before the first request.
  [[nodiscard]] asio::awaitable<void> keep_seal();

 private:
  using Key = std::string;  // account/region/name
  class Change;

  // What the caller holds the lock for.
  void put(const Key& key, FunctionPtr function);
  void drop_code(const std::string& code_key);
  // Marks the function as being changed and returns it as it is.
  FunctionPtr begin_change(const FunctionPtr& function, const Key& key);

  storage::Catalog& catalog_;
  Seal seal_;
  bool seal_is_new_ = false;

  mutable std::shared_mutex mutex_;  // guards all below
  std::map<Key, FunctionPtr> functions_;
  std::set<Key> changing_;                        // functions whose row is on its way to the disk
  std::map<std::string, std::size_t> code_uses_;  // account/sha256: functions and pins
};

}  // namespace millrace::lambda
