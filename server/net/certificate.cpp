#include "server/net/certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <stdexcept>

#include "server/log.h"
#include "storage/base/files.h"

namespace millrace::net {

namespace fs = std::filesystem;

namespace {

constexpr long kValidSeconds = 3650L * 24 * 3600;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Bytes = std::unique_ptr<BIO, Deleter<BIO_free>>;

std::runtime_error problem(const fs::path& path, const std::string& what) {
  return std::runtime_error("--tls self-signed: " + path.string() + " " + what);
}

void check(bool done) {
  if (!done) throw std::runtime_error("--tls self-signed: OpenSSL cannot create a certificate");
}

bool is_address(const std::string& host) {
  boost::system::error_code ec;
  boost::asio::ip::make_address(host, ec);
  return !ec;
}

// Subject alternative names in OpenSSL's spelling. A host with a character of that spelling is no host.
std::string names_of(const std::vector<std::string>& hosts) {
  std::string out;
  for (const std::string& host : hosts) {
    if (host.empty() || host.find_first_of(",\n\r ") != std::string::npos) continue;
    if (!out.empty()) out += ',';
    out += is_address(host) ? "IP:" : "DNS:";
    out += host;
  }
  return out;
}

void add_extension(X509* certificate, int id, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str()));
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

// Of the server and no authority: strict clients take no authority's certificate for a server's.
Certificate make_certificate(EVP_PKEY* key, const std::vector<std::string>& hosts) {
  Certificate certificate(X509_new());
  check(certificate != nullptr);
  X509* const x = certificate.get();
  std::uint64_t serial = 0;
  check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);  // clocks differ
  X509_gmtime_adj(X509_getm_notAfter(x), kValidSeconds);
  static constexpr const char* kName = "Millrace, self-signed";
  X509_NAME* const name = X509_get_subject_name(x);
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(kName),
                                   -1, -1, 0) == 1);
  check(X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1);
  add_extension(x, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x, NID_key_usage, "critical,digitalSignature");
  add_extension(x, NID_ext_key_usage, "serverAuth");
  add_extension(x, NID_subject_alt_name, names_of(hosts));
  check(X509_sign(x, key, EVP_sha256()) > 0);
  return certificate;
}

void write_file(const fs::path& path, BIO* text) {
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(text, &data));
  const storage::Result<void> written = storage::write_file(path, {data, size});
  if (!written) throw problem(path, "cannot be written: " + written.error().detail);
}

void make(const CertificateFiles& files, const std::vector<std::string>& hosts) {
  const Key key(EVP_EC_gen("P-256"));
  check(key != nullptr);
  const Certificate certificate = make_certificate(key.get(), hosts);
  const Bytes key_text(BIO_new(BIO_s_mem())), certificate_text(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  check(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1);
  const storage::Result<void> made = storage::make_directory(files.key.parent_path());
  if (!made) throw problem(files.key.parent_path(), "cannot be created: " + made.error().detail);
  fs::remove(files.certificate);  // a new key beside the old certificate would be a pair that does not fit
  write_file(files.key, key_text.get());
  write_file(files.certificate, certificate_text.get());
}

// nullptr when there is none.
Certificate kept(const CertificateFiles& files) {
  if (!fs::exists(files.key)) return nullptr;
  const Bytes file(BIO_new_file(files.certificate.c_str(), "r"));
  return Certificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
}

bool names(X509* certificate, const std::string& host) {
  return is_address(host) ? X509_check_ip_asc(certificate, host.c_str(), 0) == 1
                          : X509_check_host(certificate, host.c_str(), host.size(), 0, nullptr) == 1;
}

}  // namespace

CertificateFiles self_signed(const fs::path& directory, std::vector<std::string> hosts) {
  hosts.insert(hosts.end(), {"localhost", "127.0.0.1", "::1"});
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  CertificateFiles files{directory / "certificate.pem", directory / "key.pem", {}};
  Certificate certificate = kept(files);
  if (!certificate || X509_cmp_current_time(X509_get0_notAfter(certificate.get())) <= 0) {
    make(files, hosts);
    return files;
  }
  for (const std::string& host : hosts)
    if (!names(certificate.get(), host))
      log::warning("tls_certificate_lacks_host",
                   {{"host", host},
                    {"certificate", files.certificate.string()},
                    {"remedy", "delete the certificate; the next start creates a new one"}});
  return files;
}

}  // namespace millrace::net
