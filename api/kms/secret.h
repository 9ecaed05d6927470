// Bytes of a key or of a plaintext, which are overwritten when they are no longer needed.
#pragma once

#include <openssl/crypto.h>

#include <string>
#include <string_view>
#include <utility>

namespace millrace::kms {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.erase(); }
  Secret& operator=(Secret&& other) noexcept {
    erase();
    bytes_ = other.bytes_;
    other.erase();
    return *this;
  }
  ~Secret() { erase(); }

  [[nodiscard]] std::string_view view() const { return bytes_; }
  [[nodiscard]] const unsigned char* data() const {
    return reinterpret_cast<const unsigned char*>(bytes_.data());
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  // For an answer: a copy that is not overwritten.
  [[nodiscard]] std::string copy() const { return bytes_; }

 private:
  void erase() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
  }

  std::string bytes_;
};

}  // namespace millrace::kms
