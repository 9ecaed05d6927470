#include "storage/files/store.h"

#include "storage/files/engine.h"

namespace millrace::storage {

struct FileStore::Parts {
  Parts(Catalog& catalog, FileStoreOptions options) : engine(catalog, std::move(options)) {}
  files::Engine engine;
};

Result<std::unique_ptr<FileStore>> FileStore::open(Catalog& catalog, FileStoreOptions options) {
  auto parts = std::make_unique<Parts>(catalog, std::move(options));
  if (const Result<void> started = parts->engine.start(); !started) return started.error();
  return std::unique_ptr<FileStore>(new FileStore(std::move(parts)));
}

FileStore::FileStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
FileStore::~FileStore() { close(); }

ObjectStore& FileStore::objects() { return parts_->engine; }
Result<Copied> FileStore::backup(const std::filesystem::path& dir,
                                 const std::function<Result<void>()>& copy_catalog,
                                 const std::stop_token& stop) {
  return parts_->engine.backup(dir, copy_catalog, stop);
}
std::vector<UnreadableRow> FileStore::unreadable() { return parts_->engine.unreadable(); }
void FileStore::close() { parts_->engine.close(); }

}  // namespace millrace::storage
