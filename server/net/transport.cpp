#include "server/net/transport.h"

#include <boost/asio/ssl.hpp>

namespace millrace::net {

namespace asio = boost::asio;

struct Transport::Tls {
  Tls(Socket& socket, asio::ssl::context& context) : stream(socket, context) {}
  asio::ssl::stream<Socket&> stream;
};

Transport::Transport(Socket socket) : socket_(std::move(socket)) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
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
