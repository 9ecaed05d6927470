// Opaque texts that clients carry for us (shard iterators, page tokens): nobody else can make or change one.
// AES-256-GCM under a key that the catalog keeps, so that they survive a restart.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

class Seal {
 public:
  using Key = std::array<unsigned char, 32>;

  explicit Seal(const Key& key) : key_(key) {}
  [[nodiscard]] static Key random_key();
  [[nodiscard]] const Key& key() const { return key_; }

  // base64 of `prefix` | nonce | ciphertext | tag. `purpose` keeps texts of one kind from passing as another.
  [[nodiscard]] std::string seal(std::string_view purpose, std::string_view prefix,
                                 std::string_view plain) const;
  // What was sealed; nullopt when the text was not made by `seal` with this key, purpose and prefix.
  [[nodiscard]] std::optional<std::string> open(std::string_view purpose, std::string_view prefix,
                                                std::string_view text) const;

 private:
  Key key_;
};

}  // namespace millrace
