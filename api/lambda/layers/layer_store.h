// The layers: rows of the catalog, and all of them in memory.
//   l/l/<account>/<region>/<name>              {"version": 1, "last": N}: a number that was given; written
//     whenever a version goes, so that none is given again
//   l/L/<account>/<region>/<name>/<10 digits>  a version, JSON, {"version": 1, ...}
//   l/R/<account>/<region>/<name>/<10 digits>  the resource policy of a version
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <shared_mutex>

#include "api/core/service.h"
#include "api/core/table.h"
#include "api/lambda/layers/layer.h"
#include "api/lambda/permissions/resource_policy.h"

namespace millrace::lambda {

using LayerPtr = std::shared_ptr<const LayerVersion>;

// Safe from any thread. Reads never wait for the disk.
class Layers {
 public:
  // Loads all. Throws StorageFailure.
  explicit Layers(storage::Catalog& catalog);

  // Rows that this start could not decode.
  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return unreadable_; }

  // nullptr when there is none.
  [[nodiscard]] LayerPtr find(const std::string& account, const std::string& region, const std::string& name,
                              std::uint64_t number) const;
  // Of one layer, the newest first.
  [[nodiscard]] std::vector<LayerPtr> versions(const Caller& caller, const std::string& name) const;
  // All of an account and region, by name, each layer's newest first.
  [[nodiscard]] std::vector<LayerPtr> all(const Caller& caller) const;
  // All versions of all layers.
  [[nodiscard]] std::vector<LayerPtr> all() const;
  // Whether a layer has the archive.
  [[nodiscard]] bool uses_code(const std::string& account, const std::string& sha256) const;

  // Stores a new version under the layer's next number; completes when it is on disk.
  [[nodiscard]] asio::awaitable<LayerPtr> publish(LayerVersion version);
  // No error if it does not exist. Functions that use it keep it.
  [[nodiscard]] asio::awaitable<void> remove(LayerPtr version);

  // The resource policy of a version; nullptr: none.
  [[nodiscard]] ResourcePolicyPtr policy(const std::string& account, const std::string& region,
                                         const std::string& name, std::uint64_t number) const;
  // Changes it, as Functions::change_policy does; returns the policy as it is then. Throws
  // layer_version_not_found.
  using PolicyChange = std::function<ResourcePolicy(const ResourcePolicy&)>;
  [[nodiscard]] asio::awaitable<ResourcePolicyPtr> change_policy(LayerPtr version, PolicyChange change);

 private:
  // The row of a layer.
  struct Counter {
    std::uint64_t last = 0;
  };
  struct Entry {
    std::uint64_t last = 0;
    std::map<std::uint64_t, LayerPtr> versions;
  };
  static std::string row_of(const Counter& counter);
  static Counter counter_of(const std::string& row);

  // The greatest number that the layer has had, as far as it is known.
  [[nodiscard]] std::uint64_t last_number(const std::string& key) const;

  storage::Catalog& catalog_;
  std::vector<UnreadableRow> unreadable_;
  mutable std::shared_mutex mutex_;       // guards the rest
  std::map<std::string, Entry> entries_;  // by account/region/name
  Table<Counter> counters_;
  Table<LayerVersion> versions_;
  Table<ResourcePolicy> policies_;
};

}  // namespace millrace::lambda
