// Whether a signature is right.
#include <array>

#include "api/auth/sigv4.h"
#include "api/auth/sigv4_canonical.h"
#include "api/auth/sigv4_errors.h"

namespace millrace::auth {

namespace {

KeyScope scope_of(const SignatureClaim& claim) {
  return {claim.access_key, claim.date, claim.region, claim.service};
}

std::string string_to_sign(const SignatureClaim& claim, std::string_view algorithm, std::string_view rest) {
  std::string out;
  out.reserve(256);
  out.append(algorithm).append("\n").append(claim.time_text).append("\n");
  out.append(claim.scope()).append("\n").append(rest);
  return out;
}

std::string hex_of_hash(const Hash& hash) {
  std::string out;
  out.reserve(2 * hash.size());
  append_hex(out, hash);
  return out;
}

// The forms of the canonical request that can differ, the usual one first.
class Forms {
 public:
  explicit Forms(const CanonicalForm& choices) {
    for (unsigned bits = 0; bits < 8; ++bits) {
      const CanonicalForm form{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
      if ((form.as_listed && !choices.as_listed) || (form.path_as_sent && !choices.path_as_sent) ||
          (form.without_token && !choices.without_token))
        continue;
      forms_[size_++] = form;
    }
  }
  [[nodiscard]] const CanonicalForm* begin() const { return forms_.data(); }
  [[nodiscard]] const CanonicalForm* end() const { return forms_.data() + size_; }

 private:
  std::array<CanonicalForm, 8> forms_;
  std::size_t size_ = 0;
};

class S3ChunkSignatures final : public ChunkSignatures {
 public:
  S3ChunkSignatures(const SignatureClaim& claim, const Hash& key)
      : claim_(claim), key_(key), previous_(claim.signature) {}

  void begin(std::string_view signature) override { stated_ = signature; }
  void update(std::string_view bytes) override { hash_.update(bytes); }
  void end() override {
    std::string rest = previous_ + "\n" + hex_sha256("") + "\n";
    append_hex(rest, hash_.take());
    check(string_to_sign(claim_, "AWS4-HMAC-SHA256-PAYLOAD", rest), stated_);
  }
  void finish(std::string_view fields, std::string_view signature) override {
    const bool has_trailer = claim_.body == SignedBody::chunks_and_trailer;
    if (!has_trailer && fields.empty() && signature.empty()) return;
    // Without the form that signs it, a trailer is nobody's.
    check(string_to_sign(claim_, "AWS4-HMAC-SHA256-TRAILER", previous_ + "\n" + hex_sha256(fields)),
          has_trailer ? signature : std::string_view());
  }

 private:
  void check(const std::string& text, std::string_view stated) {
    previous_ = hex_of_hash(hmac_sha256(bytes_of(key_), text));
    if (!equal_in_constant_time(previous_, stated))
      throw mismatch_error(claim_, {"s3", Protocol::rest_xml}, stated, "", text);
  }

  const SignatureClaim claim_;
  const Hash key_;
  std::string previous_;  // the signature of the chunk before, or of the head
  std::string stated_;    // of the chunk that is coming
  BodyHash hash_;
};

}  // namespace

void verify_signature(const SignatureClaim& claim, const HttpRequest& head, const SignedService& service,
                      std::string_view secret, std::string_view body_sha256, SigningKeys& keys) {
  const std::string_view body_hash = claim.needs_body_hash() ? body_sha256 : claim.body_hash;
  const std::optional<Hash> kept = keys.find(secret, scope_of(claim));
  const Hash key = kept ? *kept : derive_signing_key(secret, scope_of(claim));
  std::string shown, shown_text;
  for (const CanonicalForm& form : Forms(choices_of(claim, head, service))) {
    std::string canonical = canonical_request(claim, head, service, body_hash, form);
    std::string text = string_to_sign(claim, "AWS4-HMAC-SHA256", hex_of_hash(sha256_hash(canonical)));
    if (equal_in_constant_time(hex_of_hash(hmac_sha256(bytes_of(key), text)), claim.signature)) {
      if (!kept) keys.keep(secret, scope_of(claim), key);
      return;
    }
    if (!shown.empty()) continue;
    shown = std::move(canonical);
    shown_text = std::move(text);
  }
  throw mismatch_error(claim, service, claim.signature, shown, shown_text);
}

std::string hex_sha256(std::string_view bytes) { return hex_of_hash(sha256_hash(bytes)); }

std::unique_ptr<ChunkSignatures> chunk_signatures(const SignatureClaim& claim, std::string_view secret,
                                                  SigningKeys& keys) {
  if (claim.body != SignedBody::chunks && claim.body != SignedBody::chunks_and_trailer) return nullptr;
  const std::optional<Hash> kept = keys.find(secret, scope_of(claim));
  return std::make_unique<S3ChunkSignatures>(claim,
                                             kept ? *kept : derive_signing_key(secret, scope_of(claim)));
}

}  // namespace millrace::auth
