// The catalog of the engine in memory.
#pragma once

#include <atomic>

#include "storage/row_map.h"

namespace millrace::storage {

// See MemoryStore, which owns it. Never waits.
class MemoryCatalog final : public Catalog {
 public:
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key) const override {
    if (stopped_) return kStopped;
    return rows_.get(key);
  }
  [[nodiscard]] Result<std::vector<Row>> scan(std::string_view prefix, std::string_view after,
                                              std::size_t limit, Order order) const override {
    if (stopped_) return kStopped;
    return rows_.scan(prefix, after, limit, order);
  }
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::string>>> fetch(
      std::string key) const override {
    co_return get(key);
  }
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<Row>>> fetch_rows(std::string prefix,
                                                                            std::string after,
                                                                            std::size_t limit,
                                                                            Order order) const override {
    co_return scan(prefix, after, limit, order);
  }
  [[nodiscard]] boost::asio::awaitable<Result<void>> write(CatalogBatch batch, Sync) override {
    if (stopped_) co_return kStopped;
    co_return rows_.apply(batch);
  }
  [[nodiscard]] boost::asio::awaitable<Result<bool>> catch_up() override {
    if (stopped_) co_return kStopped;
    co_return false;
  }
  [[nodiscard]] Watch watch(std::string prefix, std::function<void(const CatalogBatch::Change&)> f) override {
    return rows_.watch(std::move(prefix), std::move(f));
  }

  // From now on, every call returns io.
  void stop() { stopped_ = true; }

 private:
  inline static const Error kStopped{Errc::io, "the store is closed"};

  RowMap rows_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace millrace::storage
