// The key of a service's seal: a row of the catalog, 32 bytes. The first start makes it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "api/core/seal.h"
#include "storage/catalog.h"

namespace millrace {

// Belongs to a store of a service. The seal is read by all threads once it is stored.
class StoredSeal {
 public:
  // Loads the key, or makes one. Blocks. Throws StorageFailure.
  StoredSeal(storage::Catalog& catalog, std::string row_key);

  [[nodiscard]] const Seal& seal() const { return seal_; }
  // Stores a key that was made. If another process was faster, its key is the one from then on. Awaited once,
  // before the first request. Throws StorageFailure.
  [[nodiscard]] boost::asio::awaitable<void> store();

 private:
  storage::Catalog& catalog_;
  const std::string row_key_;
  Seal seal_;
  bool is_new_ = false;
};

}  // namespace millrace
