// Certificates of clients: who is let in, and under which name its requests come.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <boost/asio/ssl.hpp>
#include <fstream>

#include "server/net/certificate.h"
#include "tests/unit/server/net/server_fixture.h"

namespace millrace::net {
namespace {

namespace fs = std::filesystem;

// A certificate that its key has signed itself, so that it is its own authority, with a name for each of
// `names`; and the key.
struct ClientFiles {
  ClientFiles(const fs::path& directory, const char* file, const std::vector<std::string>& names)
      : certificate(directory / (std::string(file) + ".pem")), key(directory / (std::string(file) + ".key")) {
    EVP_PKEY* const pair = EVP_EC_gen("P-256");
    X509* const x = X509_new();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    for (const std::string& name : names)
      X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(name.data()),
                                 static_cast<int>(name.size()), -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, pair);
    EXPECT_GT(X509_sign(x, pair, EVP_sha256()), 0);
    std::FILE* out = std::fopen(certificate.c_str(), "w");
    PEM_write_X509(out, x);
    std::fclose(out);
    out = std::fopen(key.c_str(), "w");
    PEM_write_PrivateKey(out, pair, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    X509_free(x);
    EVP_PKEY_free(pair);
  }
  const fs::path certificate, key;
};

// Answers with the name in the certificate.
class NameHandler final : public Handler {
 public:
  class Named final : public Exchange {
   public:
    Named(HttpRequest head, const Peer& peer) : request_(std::move(head)) {
      answer.emplace();
      answer->body = "<" + peer.certificate_name + ">";
    }
    [[nodiscard]] HttpRequest& request() override { return request_; }
    [[nodiscard]] HttpResponse unread(Unread) override { return {}; }
    [[nodiscard]] boost::asio::awaitable<HttpResponse> handle() override { co_return HttpResponse(); }

   private:
    HttpRequest request_;
  };
  [[nodiscard]] std::unique_ptr<Exchange> begin(HttpRequest head, const Peer& peer) override {
    return std::make_unique<Named>(std::move(head), peer);
  }
};

class ClientCertificateTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(directory_); }
  void TearDown() override {
    if (server_) {
      server_->stop(std::chrono::seconds(30));
      EXPECT_TRUE(server_->join(std::chrono::seconds(30)));
      threads_.stop();
    }
    fs::remove_all(directory_);
  }

  ClientFiles files(const char* file, const std::vector<std::string>& names) {
    return ClientFiles(directory_, file, names);
  }
  void serve(const fs::path& client_ca) {
    CertificateFiles own = self_signed(directory_ / "own", {});
    own.client_ca = client_ca;
    tls_ = std::make_unique<TlsContexts>(own);
    ServerOptions options;
    options.listeners.front().handler = &handler_;
    options.listeners.front().tls = tls_.get();
    server_ = std::make_unique<HttpServer>(threads_, probes_, std::move(options));
    threads_.start();
    server_->start();
  }
  // The body of the answer to a client with this certificate; empty: the server does not talk to it.
  std::string ask(const ClientFiles* certificate) {
    boost::asio::io_context context;
    boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
    if (certificate) {
      tls.use_certificate_file(certificate->certificate.string(), boost::asio::ssl::context::pem);
      tls.use_private_key_file(certificate->key.string(), boost::asio::ssl::context::pem);
    }
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream(context, tls);
    boost::system::error_code ec;
    stream.next_layer().connect({boost::asio::ip::address_v4::loopback(), server_->port()}, ec);
    stream.handshake(boost::asio::ssl::stream_base::client, ec);
    if (ec) return "";
    boost::asio::write(stream, boost::asio::buffer(std::string("GET / HTTP/1.0\r\n\r\n")), ec);
    std::string answer;
    boost::asio::read(stream, boost::asio::dynamic_buffer(answer), ec);
    return answer.empty() ? "" : answer.substr(answer.find("\r\n\r\n") + 4);
  }

 private:
  const fs::path directory_ = fs::temp_directory_path() / ("millrace-clients-" + std::to_string(::getpid()));
  NameHandler handler_;
  Probes probes_;
  IoThreads threads_{1};
  std::unique_ptr<TlsContexts> tls_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ClientCertificateTest, NamesItsOwner) {
  const ClientFiles alice = files("alice", {"alice"}), mallory = files("mallory", {"alice"});
  serve(alice.certificate);
  EXPECT_EQ(ask(&alice), "<alice>");
  EXPECT_EQ(ask(&mallory), "");
  EXPECT_EQ(ask(nullptr), "");
}

TEST_F(ClientCertificateTest, NamesNobodyUnlessThereIsOneName) {
  const ClientFiles two = files("two", {"alice", "bob"});
  serve(two.certificate);
  EXPECT_EQ(ask(&two), "<>");
}

TEST_F(ClientCertificateTest, IsNotAskedForWithoutAuthorities) {
  const ClientFiles alice = files("alice", {"alice"});
  serve({});
  EXPECT_EQ(ask(nullptr), "<>");
  EXPECT_EQ(ask(&alice), "<>");
}

TEST_F(ClientCertificateTest, WithANameThatHidesItsEndNamesNobody) {
  const ClientFiles cut = files("cut", {std::string("alice\0.example", 14)});
  serve(cut.certificate);
  EXPECT_EQ(ask(&cut), "<>");
}

}  // namespace
}  // namespace millrace::net
