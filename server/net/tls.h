// TLS of the listening ports: 1.2 or newer, HTTP/2 or HTTP/1.1 by ALPN.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>

namespace boost::asio::ssl {
class context;
}

namespace millrace::net {

struct CertificateFiles {
  std::filesystem::path certificate;  // PEM; the intermediate ones may follow it
  std::filesystem::path key;          // PEM, without a passphrase
  std::filesystem::path client_ca;    // PEM: who may sign the clients' certificates; empty: none is asked for
};

// A file that cannot be used; what() also names the setting.
class TlsFileError : public std::runtime_error {
 public:
  TlsFileError(const char* setting, std::filesystem::path file, std::string reason)
      : std::runtime_error(std::string(setting) + ": " + file.string() + " " + reason),
        file(std::move(file)),
        reason(std::move(reason)) {}

  const std::filesystem::path file;
  const std::string reason;  // "is not ..."
};

// Throws TlsFileError, naming --tls-certificate, --tls-key or --tls-client-ca, when a file is not what it
// should be.
[[nodiscard]] std::unique_ptr<boost::asio::ssl::context> make_tls_context(const CertificateFiles& files);

}  // namespace millrace::net
