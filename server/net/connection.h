// One HTTP/1.1 connection: requests read, handed on and answered, one after the other.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>

#include "server/net/handler.h"
#include "server/net/memory_budget.h"
#include "server/net/request_parser.h"

namespace millrace::net {

// A peer that is slower than this on average only holds memory.
inline constexpr std::uint64_t kMinBytesPerSecond = 16 << 10;

struct ConnectionLimits {
  std::uint32_t max_header = 64 << 10;  // bytes of a request's head
  // Without a byte read or written; also the head start of a request or answer over the slowest peer that is
  // served (kMinBytesPerSecond).
  std::chrono::seconds idle_timeout{60};
};

// Lives on one io_context and is touched from there alone.
class Connection {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Connection(Socket socket, Handler& handler, MemoryBudget& budget, const ConnectionLimits& limits);

  // Serves until the peer goes away, breaks the protocol, is silent too long, or `stop` was called.
  [[nodiscard]] boost::asio::awaitable<void> run();

  // Ends the connection once it holds no whole head of a request: at once, if it is so now. A body that is
  // made while it is sent ends where it is.
  void stop();
  // Ends it now, whatever it does.
  void abort();
  // Closes the socket if nothing was read or written for too long, or too little. Handling a request, and
  // making the next piece of a streamed body, do not count.
  void check_deadline(std::chrono::steady_clock::time_point now);

 private:
  enum class Next { go_on, close };
  enum class ConnectionHeader { none, keep_alive, close };

  boost::asio::awaitable<bool> read_head(RequestParser& parser);
  boost::asio::awaitable<bool> read_body(RequestParser& parser);
  boost::asio::awaitable<bool> read_sized_body(RequestParser& parser, std::uint64_t size);
  boost::asio::awaitable<bool> read_chunked_body(RequestParser& parser);
  boost::asio::awaitable<Next> serve_one();
  // What the request may take until it is answered; nothing when there was no memory for too long.
  struct Memory {
    MemoryBudget::Reservation body, answer;
  };
  boost::asio::awaitable<std::optional<Memory>> reserve(const RequestParser& parser);
  boost::asio::awaitable<Next> answer_unread(HttpResponse response);
  boost::asio::awaitable<Next> answer(RequestParser& parser, Memory memory);
  boost::asio::awaitable<bool> write(HttpResponse response, ConnectionHeader connection,
                                     unsigned minor_version, bool head_only);
  using Parts = std::array<boost::asio::const_buffer, 3>;
  boost::asio::awaitable<bool> write_all(Parts parts);
  boost::asio::awaitable<bool> send_file(FilePart part);
  // Sends the pieces of `body` until it ends, the peer goes away or `stop` was called.
  boost::asio::awaitable<bool> send_stream(BodyStream& body, bool chunks);
  boost::asio::awaitable<bool> send_pieces(BodyStream& body, bool chunks);
  boost::asio::awaitable<void> stop_came();
  // Completes when the peer has closed its end; what it sends before stays in `buffer_` for the next request.
  boost::asio::awaitable<void> peer_gone();
  boost::asio::awaitable<void> refuse(unsigned status, std::string_view text);
  // Shuts down sending and reads what the peer still sends, for a while, so that it sees the answer.
  boost::asio::awaitable<void> linger();

  void begin_transfer();
  void moved(std::size_t bytes);
  void pause() { deadline_ = std::chrono::steady_clock::time_point::max(); }

  Socket socket_;
  Handler& handler_;
  MemoryBudget& budget_;
  const ConnectionLimits& limits_;
  boost::beast::flat_buffer buffer_;  // bytes read and not yet parsed: a head, and what came with it
  std::chrono::steady_clock::time_point deadline_;
  std::chrono::steady_clock::time_point began_;  // the transfer: of a head, a body or an answer
  std::uint64_t moved_ = 0;                      // bytes of it
  bool between_requests_ = true;                 // no whole head was read that is not answered
  bool stopping_ = false;
  boost::asio::steady_timer stop_came_;  // never expires; cancelled by `stop`
};

}  // namespace millrace::net
