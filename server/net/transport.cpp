#include "server/net/transport.h"

#include <netinet/tcp.h>

#include <boost/asio/ssl.hpp>

namespace millrace::net {

namespace asio = boost::asio;

struct Transport::Tls {
  Tls(Socket& socket, asio::ssl::context& context) : stream(socket, context) {}
  asio::ssl::stream<Socket&> stream;
};

namespace {

std::string address_of(const Transport::Socket& socket) {
  boost::system::error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  if (gone) return {};
  const asio::ip::address address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

}  // namespace

Transport::Transport(Socket socket) : socket_(std::move(socket)), peer_address_(address_of(socket_)) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  bound_unsent(kUnsent);
}

Transport::~Transport() = default;

asio::awaitable<bool> Transport::secure(asio::ssl::context& tls, asio::const_buffer received) {
  tls_ = std::make_unique<Tls>(socket_, tls);
  error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, received, std::move(token));
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
