#include "server/net/transport.h"

#include <netinet/tcp.h>

#include <boost/asio/ssl.hpp>

#include "server/network.h"

namespace millrace::net {

namespace asio = boost::asio;

struct Transport::Tls {
  Tls(Socket& socket, std::shared_ptr<asio::ssl::context> c)
      : context(std::move(c)), stream(socket, *context) {}
  const std::shared_ptr<asio::ssl::context> context;
  asio::ssl::stream<Socket&> stream;
};

namespace {

// The common name in the peer's certificate; empty where none was verified, or it has not exactly one.
std::string verified_name(const SSL* connection) {
  const X509* const certificate = SSL_get0_peer_certificate(connection);
  if (!certificate || SSL_get_verify_result(connection) != X509_V_OK) return {};
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return name.find('\0') == std::string::npos ? name : std::string();
}

}  // namespace

Transport::Transport(Socket socket) : socket_(std::move(socket)) {
  error_code ignored, gone;
  const auto peer = socket_.remote_endpoint(gone);
  if (!gone) set_peer(peer.address());
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  bound_unsent(kUnsent);
}

Transport::~Transport() = default;

void Transport::set_peer(const asio::ip::address& client) {
  peer_ = unmapped(client);
  peer_address_ = peer_.to_string();
}

asio::awaitable<bool> Transport::secure(std::shared_ptr<asio::ssl::context> tls,
                                        asio::const_buffer received) {
  tls_ = std::make_unique<Tls>(socket_, std::move(tls));
  error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, received, std::move(token));
  if (!ec) peer_of_requests_.certificate_name = verified_name(tls_->stream.native_handle());
  co_return !ec;
}

void Transport::wait_for_bytes(std::size_t bytes) {
  if (tls_ || bytes == waits_for_) return;
  error_code ignored;
  socket_.set_option(Socket::receive_low_watermark(static_cast<int>(bytes)), ignored);
  waits_for_ = bytes;
}

std::string_view Transport::protocol() const {
  if (!tls_) return {};
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls_->stream.native_handle(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

asio::awaitable<std::size_t> Transport::read_some_secured(asio::mutable_buffer to, error_code& ec) {
  return tls_->stream.async_read_some(to, asio::redirect_error(asio::use_awaitable, ec));
}

asio::awaitable<std::size_t> Transport::write_some_secured(const Parts& from, error_code& ec) {
  return tls_->stream.async_write_some(from, asio::redirect_error(asio::use_awaitable, ec));
}

void Transport::bound_unsent(int bytes) {
  error_code ignored;
  using Bound = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
  socket_.set_option(Bound(bytes), ignored);
}

void Transport::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Transport::forget_unsent() {
  error_code ignored;
  socket_.set_option(Socket::linger(true, 0), ignored);
}

void Transport::close() {
  error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<void> Transport::end_sending() {
  error_code ec;
  if (tls_) co_await tls_->stream.async_shutdown(asio::redirect_error(asio::use_awaitable, ec));
  socket_.shutdown(Socket::shutdown_send, ec);
}

asio::awaitable<void> Transport::linger() {
  co_await end_sending();
  error_code ec;
  std::array<char, 16 << 10> sink;
  while (!ec && socket_.is_open())
    co_await socket_.async_read_some(asio::buffer(sink), asio::redirect_error(asio::use_awaitable, ec));
}

}  // namespace millrace::net
