#include "api/core/stored_seal.h"

#include <algorithm>

#include "api/core/error.h"

namespace millrace {

namespace {

Seal seal_of(const std::string& row) {
  Seal::Key key{};
  std::copy_n(row.begin(), std::min(row.size(), key.size()), key.begin());
  return Seal(key);
}

}  // namespace

StoredSeal::StoredSeal(storage::Catalog& catalog, std::string row_key)
    : catalog_(catalog), row_key_(std::move(row_key)), seal_(Seal::Key{}) {
  const auto row = or_throw(catalog_.get(row_key_));
  is_new_ = !row;
  seal_ = row ? seal_of(*row) : Seal(Seal::random_key());
}

boost::asio::awaitable<void> StoredSeal::store() {
  if (!is_new_) co_return;
  storage::CatalogBatch batch;
  batch.expect(row_key_, std::nullopt);
  batch.put(row_key_, std::string(seal_.key().begin(), seal_.key().end()));
  const storage::Result<void> written = co_await catalog_.write(std::move(batch));
  if (!written && written.error().code == storage::Errc::conflict) {
    const auto row = or_throw(co_await catalog_.fetch(row_key_));
    if (row) seal_ = seal_of(*row);
    co_return;
  }
  or_throw(written);
}

}  // namespace millrace
