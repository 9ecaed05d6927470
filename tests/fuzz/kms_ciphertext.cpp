// Ciphertexts of KMS: what is not one is refused, and what opens was made with the key.
#include "api/kms/ciphertext.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  using namespace millrace::kms;
  static const Secret material(std::string(32, 'm'));
  const std::string_view bytes = fuzz::view(data, size);
  const auto head = head_of(bytes);
  if (head) fuzz::expect(is_uuid(head->key_id), "a ciphertext names a key by a UUID");
  fuzz::expect(!open_ciphertext(material, bytes, {}), "no other ciphertext opens");

  const EncryptionContext context{{std::string(bytes), "value"}};
  const std::string blob =
      seal_ciphertext(material, {"1234abcd-12ab-34cd-56ef-1234567890ab", 0}, context, bytes);
  const auto plain = open_ciphertext(material, blob, context);
  fuzz::expect(plain && plain->view() == bytes, "what was sealed opens");
  return 0;
}
