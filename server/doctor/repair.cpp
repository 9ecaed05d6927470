#include "server/doctor/repair.h"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>
#include <vector>

#include "server/start/data_directory.h"
#include "storage/local/repair.h"

namespace millrace {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 1000;

// Prefixes of the catalog's rows: api/kinesis/store.cpp, api/lambda/functions/function_rows.h,
// storage/files/rows.h, api/dynamodb/store.h.
constexpr std::string_view kStreams = "k/s/", kFunctions = "l/f/", kObjects = "o/k/", kFiles = "o/f/",
                           kTables = "d/t/";

template <class Each>
std::uint64_t for_each_key(const storage::Catalog& catalog, std::string_view prefix, Each each) {
  std::uint64_t count = 0;
  std::string after;
  for (;;) {
    const auto rows = catalog.scan(prefix, after, kPage);
    if (!rows) throw std::runtime_error("the rebuilt index cannot be read: " + rows.error().detail);
    if (rows->empty()) return count;
    for (const storage::Row& row : *rows) each(row.key.substr(prefix.size()));
    count += rows->size();
    after = rows->back().key;
  }
}

std::uint64_t count(const storage::Catalog& catalog, std::string_view prefix) {
  return for_each_key(catalog, prefix, [](const std::string&) {});
}

// Files that rows name and that are not there.
std::vector<std::string> missing_files(const storage::Catalog& catalog, const fs::path& objects) {
  std::vector<std::string> missing;
  for_each_key(catalog, kFiles, [&](const std::string& file) {
    const fs::path place = objects / file.substr(0, 2) / file;
    if (!fs::exists(place) && !fs::exists(objects / "incoming" / file))
      missing.push_back("the file of an object: " + place.string());
  });
  return missing;
}

// Opens what was repaired, as a start does.
std::unique_ptr<storage::LocalStore> open_store(const storage::RocksOptions& options) {
  auto store = storage::LocalStore::open(options);
  if (!store) throw std::runtime_error("the rebuilt index cannot be opened: " + store.error().detail);
  return std::move(*store);
}

}  // namespace

int repair_data(const fs::path& data_dir) {
  if (!fs::is_directory(data_dir / "log"))
    throw std::runtime_error("--data-dir: " + data_dir.string() +
                             " is not a Millrace data directory: it has no folder log");
  const DataDirectory data(data_dir);
  storage::RocksOptions options;
  options.dir = data.path() / "log";
  auto repaired = storage::repair(options);
  if (!repaired)
    throw std::runtime_error((repaired.error().code == storage::Errc::read_only
                                  ? "there is not enough space for the new index: "
                                  : "") +
                             repaired.error().detail);
  std::vector<std::string> lost = std::move(repaired->lost);
  options.accept_data_loss = true;  // it is told here
  const auto store = open_store(options);
  lost.insert(lost.end(), store->trouble().begin(), store->trouble().end());
  const storage::Catalog& catalog = store->catalog();
  for (std::string& file : missing_files(catalog, data.path() / "objects")) lost.push_back(std::move(file));
  fmt::print("{}: the index was rebuilt from {} segments{}.\n", options.dir.string(), repaired->segments,
             repaired->snapshot.empty() ? "" : " and the snapshot " + repaired->snapshot.filename().string());
  fmt::print("streams: {}\nshards with records: {}\nrecords: {} ({:.1f} MB in {} blocks)\n",
             count(catalog, kStreams), repaired->shards, repaired->records,
             static_cast<double>(repaired->bytes) / 1e6, repaired->blocks);
  fmt::print("functions: {}\nobjects: {}\ntables: {}\nrows of the catalog, all kinds: {}\n",
             count(catalog, kFunctions), count(catalog, kObjects), count(catalog, kTables), repaired->rows);
  if (!repaired->set_aside.empty())
    fmt::print("The old index was moved to {}. Delete it when the server works.\n",
               repaired->set_aside.string());
  if (lost.empty()) {
    fmt::print("Everything was recovered.\n");
    return 0;
  }
  fmt::print("Not recovered:\n");
  for (const std::string& line : lost) fmt::print("  {}\n", line);
  return 2;
}

}  // namespace millrace
