// One HTTP/1.1 connection: requests read, handed on and answered, one after the other.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>

#include "server/net/handler.h"
#include "server/net/memory_budget.h"
#include "server/net/request_parser.h"

namespace millrace::net {

struct ConnectionLimits {
  std::uint32_t max_header = 64 << 10;  // bytes of a request's head
  std::chrono::seconds idle_timeout{60};
};

// Lives on one io_context and is touched from there alone.
class Connection {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Connection(Socket socket, Handler& handler, MemoryBudget& budget, const ConnectionLimits& limits);

  // Serves until the peer goes away, breaks the protocol, is silent too long, or `stop` was called.
  [[nodiscard]] boost::asio::awaitable<void> run();

  // Ends the connection once it is between two requests: at once, if it is now.
  void stop();
  // Ends it now, whatever it does.
  void abort();
  // Closes the socket if nothing was read or written for too long. Handling a request does not count.
  void check_deadline(std::chrono::steady_clock::time_point now);

 private:
  enum class Next { go_on, close };

  boost::asio::awaitable<bool> read_head(RequestParser& parser);
  boost::asio::awaitable<bool> read_body(RequestParser& parser);
  boost::asio::awaitable<bool> read_sized_body(RequestParser& parser, std::uint64_t size);
  boost::asio::awaitable<bool> read_chunked_body(RequestParser& parser);
  boost::asio::awaitable<Next> serve_one();
  boost::asio::awaitable<Next> answer_rejected_body(const HttpRequest& head);
  boost::asio::awaitable<bool> write(HttpResponse response, bool keep_alive, bool head_only);
  boost::asio::awaitable<bool> send_file(FilePart part);
  boost::asio::awaitable<void> refuse(unsigned status, std::string_view text);
  // Shuts down sending and reads what the peer still sends, for a while, so that it sees the answer.
  boost::asio::awaitable<void> linger();
  void touch() { deadline_ = std::chrono::steady_clock::now() + limits_.idle_timeout; }
  void pause() { deadline_ = std::chrono::steady_clock::time_point::max(); }

  Socket socket_;
  Handler& handler_;
  MemoryBudget& budget_;
  const ConnectionLimits& limits_;
  boost::beast::flat_buffer buffer_;  // bytes read and not yet parsed: a head, and what came with it
  std::chrono::steady_clock::time_point deadline_;
  bool between_requests_ = true;
  bool stopping_ = false;
};

}  // namespace millrace::net
