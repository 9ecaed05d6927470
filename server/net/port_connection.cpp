#include "server/net/port_connection.h"

#include "server/net/http1_connection.h"
#include "server/net/http2_connection.h"
#include "server/net/proxy_header.h"

namespace millrace::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 4 << 10;
constexpr char kTlsHandshake = 0x16;  // the first byte of a TLS connection (RFC 8446, 5.1)
constexpr std::chrono::seconds kHandshakeTime(10);
// What a client reads that uses http:// on a port of HTTPS.
constexpr std::string_view kPlainRefused =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 26\r\n\r\n"
    "This port requires HTTPS.\n";
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113, 3.4

}  // namespace

PortConnection::PortConnection(Transport::Socket socket, const PortServices& services, Clients::Slot place)
    : transport_(std::make_unique<Transport>(std::move(socket))),
      services_(services),
      place_(std::move(place)),
      deadline_(services.limits.idle_timeout) {}

asio::awaitable<void> PortConnection::run() {
  const std::optional<Protocol> protocol = co_await find_protocol();
  if (!protocol || !transport_->is_open()) co_return;
  if (*protocol == Protocol::http2)
    connection_ = std::make_unique<Http2Connection>(std::move(transport_), services_.http2, place_->memory(),
                                                    services_.limits, services_.files, std::move(buffer_));
  else
    connection_ = std::make_unique<Http1Connection>(std::move(transport_), services_.http1, place_->memory(),
                                                    services_.limits, &services_.files, std::move(buffer_));
  co_await connection_->run();
}

void PortConnection::stop() {
  if (connection_)
    connection_->stop();
  else
    transport_->close();
}

void PortConnection::abort() {
  if (connection_)
    connection_->abort();
  else
    transport_->close();
}

void PortConnection::check_deadline(std::chrono::steady_clock::time_point now) {
  if (connection_)
    connection_->check_deadline(now);
  else if (deadline_.passed(now))
    transport_->close();
}

asio::awaitable<std::optional<PortConnection::Protocol>> PortConnection::find_protocol() {
  if (!co_await read_more() || !co_await find_client()) co_return std::nullopt;
  if (services_.tls && received().front() == kTlsHandshake) {
    deadline_.within(kHandshakeTime);
    if (!co_await transport_->secure(services_.tls->current(), buffer_.data())) co_return std::nullopt;
    buffer_.clear();
    deadline_.begin();
    if (transport_->protocol() == "h2") co_return Protocol::http2;
    if (!transport_->protocol().empty()) co_return Protocol::http1;
    if (!co_await read_more()) co_return std::nullopt;
  } else if (!services_.plain) {
    co_await refuse_plain();
    co_return std::nullopt;
  }
  for (;;) {
    if (received().starts_with(kHttp2Preface)) co_return Protocol::http2;
    if (!kHttp2Preface.starts_with(received())) co_return Protocol::http1;
    if (!co_await read_more()) co_return std::nullopt;
  }
}

asio::awaitable<bool> PortConnection::find_client() {
  if (!services_.proxies.contains(transport_->peer())) co_return true;
  for (;;) {
    const ProxyHeader header = read_proxy_header(received());
    if (header.state == ProxyHeader::State::none) co_return true;
    if (header.state == ProxyHeader::State::wrong) co_return false;
    if (header.state == ProxyHeader::State::incomplete) {
      if (!co_await read_more()) co_return false;
      continue;
    }
    buffer_.consume(header.size);
    if (header.source) {
      std::optional<Clients::Slot> place = services_.clients.enter(*header.source);
      if (!place) {
        services_.refused.add();
        co_return false;
      }
      place_.emplace(std::move(*place));
      transport_->set_peer(*header.source);
    }
    co_return buffer_.size() > 0 || co_await read_more();
  }
}

asio::awaitable<void> PortConnection::refuse_plain() {
  error_code ec;
  deadline_.within(kHurry);
  const Transport::Parts parts{asio::buffer(kPlainRefused)};
  co_await transport_->write_some(parts, ec);
  if (!ec) co_await transport_->linger();
}

std::string_view PortConnection::received() const {
  return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
}

asio::awaitable<bool> PortConnection::read_more() {
  error_code ec;
  buffer_.commit(co_await transport_->read_some(buffer_.prepare(kReadBytes), ec));
  co_return !ec;
}

}  // namespace millrace::net
