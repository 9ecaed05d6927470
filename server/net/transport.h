// A TCP connection, plain or under TLS: what both HTTP versions read from and write to.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "server/net/handler.h"

namespace boost::asio::ssl {
class context;
}

namespace millrace::net {

// Used on its socket's io_context alone. One read and one write may go on at a time.
class Transport {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using error_code = boost::system::error_code;

  explicit Transport(Socket socket);
  Transport(const Transport&) = delete;
  ~Transport();

  // Answers the peer's handshake, of which `received` was read already; false when it fails. `tls` lives as
  // long as the connection.
  [[nodiscard]] boost::asio::awaitable<bool> secure(std::shared_ptr<boost::asio::ssl::context> tls,
                                                    boost::asio::const_buffer received);
  // The peer's address, an IPv4 address in IPv6's form as itself; unspecified when it is gone already.
  [[nodiscard]] const boost::asio::ip::address& peer() const { return peer_; }
  // The same as text; empty when it is gone already.
  [[nodiscard]] const std::string& peer_address() const { return peer_address_; }
  // Another address takes the peer's place: of the client whose connection a proxy passes on.
  void set_peer(const boost::asio::ip::address& client);
  // What requests are sent by: a certificate, where one was asked for in the handshake.
  [[nodiscard]] const Peer& peer_of_requests() const { return peer_of_requests_; }
  [[nodiscard]] bool secured() const { return tls_ != nullptr; }
  // What was agreed on in the handshake: "h2", "http/1.1", or nothing.
  [[nodiscard]] std::string_view protocol() const;

  // Reads or writes some bytes, as Asio's functions of the socket do. `ec` outlives the call.
  [[nodiscard]] boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer to,
                                                              error_code& ec) {
    if (tls_) return read_some_secured(to, ec);
    return socket_.async_read_some(to, boost::asio::redirect_error(boost::asio::use_awaitable, ec));
  }
  // A read that has to wait does so until so many bytes are there, or the peer ends; under TLS, as before.
  void wait_for_bytes(std::size_t bytes);
  using Parts = std::array<boost::asio::const_buffer, 3>;
  [[nodiscard]] boost::asio::awaitable<std::size_t> write_some(const Parts& from, error_code& ec) {
    if (tls_) return write_some_secured(from, ec);
    return socket_.async_write_some(from, boost::asio::redirect_error(boost::asio::use_awaitable, ec));
  }

  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  // What the kernel takes of what is written before the peer has room for it. Without a bound it takes
  // megabytes for each connection, and nobody counts them; a small one costs many wakes for a large answer.
  static constexpr int kUnsent = 1 << 20, kUnsentOfStream = 128 << 10;
  void bound_unsent(int bytes);
  // What is read or written ends with an error; the connection stays.
  void cancel();
  // When it is closed, what the peer did not take is dropped and the connection reset.
  void forget_unsent();
  // At once; what is read or written ends with an error.
  void close();
  // Says that nothing more is sent, which under TLS is a message of its own.
  [[nodiscard]] boost::asio::awaitable<void> end_sending();
  // Ends sending and reads what the peer still sends, until it ends too: a socket that is closed with bytes
  // unread would reset the connection, and could take the last answer with it.
  [[nodiscard]] boost::asio::awaitable<void> linger();

  // For what plain TCP alone can do.
  [[nodiscard]] Socket& socket() { return socket_; }

 private:
  struct Tls;  // keeps OpenSSL's headers out of this one

  boost::asio::awaitable<std::size_t> read_some_secured(boost::asio::mutable_buffer to, error_code& ec);
  boost::asio::awaitable<std::size_t> write_some_secured(const Parts& from, error_code& ec);

  Socket socket_;
  std::unique_ptr<Tls> tls_;
  boost::asio::ip::address peer_;
  std::string peer_address_;
  Peer peer_of_requests_;
  std::size_t waits_for_ = 1;
};

}  // namespace millrace::net
