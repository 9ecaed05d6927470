#include "server/net/tls.h"

#include <openssl/ssl.h>

#include <boost/asio/ssl.hpp>

namespace millrace::net {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

// What HTTP/2 allows of TLS 1.2 (RFC 9113, 9.2.2): forward secrecy and authenticated encryption. All of 1.3
// is.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x02h2\x08http/1.1\x08http/1.0";
  unsigned char* out = nullptr;
  if (SSL_select_next_proto(&out, size, kOurs, sizeof kOurs - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = out;
  return SSL_TLSEXT_ERR_OK;
}

void check(const error_code& ec, const char* setting, const std::filesystem::path& file, const char* what) {
  if (ec) throw TlsFileError(setting, file, std::string(what) + ": " + ec.message());
}

// Clients without a certificate that one of the authorities in the file has signed are refused.
void ask_for_certificates(ssl::context& context, const std::filesystem::path& authorities) {
  SSL_CTX* const native = context.native_handle();
  error_code ec;
  context.load_verify_file(authorities.string(), ec);
  check(ec, "--tls-client-ca", authorities, "is not a readable certificate in PEM format");
  SSL_CTX_set_client_CA_list(native, SSL_load_client_CA_file(authorities.c_str()));
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  // Without it, sessions that are resumed would fail.
  static constexpr unsigned char kSessions[] = "millrace";
  SSL_CTX_set_session_id_context(native, kSessions, sizeof kSessions - 1);
}

}  // namespace

std::unique_ptr<ssl::context> make_tls_context(const CertificateFiles& files) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_cipher_list(native, kCiphers);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);  // clients keep tickets
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);

  error_code ec;
  // Without this OpenSSL would ask for a passphrase on the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); },
                                 ec);
  context->use_certificate_chain_file(files.certificate.string(), ec);
  check(ec, "--tls-certificate", files.certificate, "is not a readable certificate in PEM format");
  context->use_private_key_file(files.key.string(), ssl::context::pem, ec);
  check(ec, "--tls-key", files.key,
        "is not a key in PEM format that belongs to the certificate and has no passphrase");
  if (!files.client_ca.empty()) ask_for_certificates(*context, files.client_ca);
  return context;
}

}  // namespace millrace::net
