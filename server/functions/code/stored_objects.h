// Functions' code out of the embedded object store.
#pragma once

#include "server/functions/code/code_files.h"
#include "storage/objects.h"

namespace millrace::functions {

class StoredObjects final : public ObjectSource {
 public:
  explicit StoredObjects(storage::ObjectStore& objects) : objects_(objects) {}

  [[nodiscard]] boost::asio::awaitable<boost::system::result<std::string, lambda::FetchError>> read(
      Caller caller, std::string bucket, std::string key, std::uint64_t limit) override;

 private:
  storage::ObjectStore& objects_;
};

}  // namespace millrace::functions
