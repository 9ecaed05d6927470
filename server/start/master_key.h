// The server's master key: 32 bytes in a file. It wraps the data keys of encrypted streams.
#pragma once

#include <filesystem>

#include "api/core/seal.h"

namespace millrace {

class MasterKey {
 public:
  // Reads the file, or, where there is none, makes a key that `keep` writes. Throws std::runtime_error,
  // naming the setting, when the file cannot be read or is of another size.
  explicit MasterKey(std::filesystem::path file);

  [[nodiscard]] const Seal::Key& key() const { return key_; }

  // Has the key on disk when it returns. Called before the first request, once it is known that no stream
  // needs another key: a key that was lost is not replaced by one that opens nothing. Throws
  // std::runtime_error.
  void keep();

 private:
  const std::filesystem::path file_;
  Seal::Key key_{};
  bool is_new_ = false;
};

}  // namespace millrace
