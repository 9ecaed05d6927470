// TLS of the listening port: 1.2 or newer, HTTP/2 or HTTP/1.1 by ALPN.
#pragma once

#include <filesystem>
#include <memory>

namespace boost::asio::ssl {
class context;
}

namespace millrace::net {

struct CertificateFiles {
  std::filesystem::path certificate;  // PEM; the intermediate ones may follow it
  std::filesystem::path key;          // PEM, without a passphrase
};

// Throws std::runtime_error, naming --tls-certificate or --tls-key, when a file is not what it should be.
[[nodiscard]] std::unique_ptr<boost::asio::ssl::context> make_tls_context(const CertificateFiles& files);

}  // namespace millrace::net
