// Puts a row into the catalog of a data directory on which no server runs: put_row DATA_DIR KEY VALUE.
// For tests of what a server makes of rows that it cannot decode.
#include <boost/asio.hpp>
#include <cstdio>

#include "storage/local/store.h"

int main(int argc, char** argv) {
  using namespace millrace::storage;
  if (argc != 4) return 2;
  RocksOptions options;
  options.dir = std::filesystem::path(argv[1]) / "log";
  const auto store = LocalStore::open(options);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().detail.c_str());
    return 1;
  }
  CatalogBatch batch;
  batch.put(argv[2], argv[3]);
  boost::asio::io_context context;
  auto written =
      boost::asio::co_spawn(context, (*store)->catalog().write(std::move(batch)), boost::asio::use_future);
  context.run();
  return written.get() ? 0 : 1;
}
