// One HTTP/1.1 connection: requests read, handed on and answered, one after the other.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>

#include "server/net/connection.h"
#include "server/net/deadline.h"
#include "server/net/handler.h"
#include "server/net/memory_budget.h"
#include "server/net/request_parser.h"
#include "server/net/transport.h"

namespace millrace::net {

class Http1Connection final : public Connection {
 public:
  // `received`: what was read of the peer's bytes already.
  Http1Connection(std::unique_ptr<Transport> transport, Handler& handler, MemoryBudget& budget,
                  const ConnectionLimits& limits, boost::beast::flat_buffer received = {});

  [[nodiscard]] boost::asio::awaitable<void> run() override;
  void stop() override;
  void abort() override;
  void check_deadline(std::chrono::steady_clock::time_point now) override;

 private:
  enum class Next { go_on, close };
  enum class ConnectionHeader { none, keep_alive, close };

  boost::asio::awaitable<bool> read_head(RequestParser& parser);
  boost::asio::awaitable<bool> read_body(RequestParser& parser);
  boost::asio::awaitable<bool> read_sized_body(RequestParser& parser, std::uint64_t size);
  boost::asio::awaitable<bool> read_chunked_body(RequestParser& parser);
  boost::asio::awaitable<Next> serve_one();
  boost::asio::awaitable<std::optional<RequestMemory>> reserve(
      const RequestParser& parser);  // nullopt: too long none was free
  boost::asio::awaitable<Next> answer_unread(HttpResponse response);
  boost::asio::awaitable<Next> answer(RequestParser& parser, RequestMemory memory);
  boost::asio::awaitable<bool> write(HttpResponse response, ConnectionHeader connection,
                                     unsigned minor_version, bool head_only);
  boost::asio::awaitable<bool> write_all(Transport::Parts parts);
  boost::asio::awaitable<bool> send_file(FilePart part);
  boost::asio::awaitable<bool> send_file_in_pieces(FilePart part);
  // Sends the pieces of `body` until it ends, the peer goes away or `stop` was called.
  boost::asio::awaitable<bool> send_stream(BodyStream& body, bool chunks);
  boost::asio::awaitable<bool> send_pieces(BodyStream& body, bool chunks);
  boost::asio::awaitable<void> stop_came();
  // Completes when the peer has closed its end; what it sends before stays in `buffer_` for the next request.
  boost::asio::awaitable<void> peer_gone();
  boost::asio::awaitable<void> refuse(unsigned status, std::string_view text);
  // Reads what the peer still sends, for a while, so that it sees the answer.
  boost::asio::awaitable<void> linger();

  const std::unique_ptr<Transport> transport_;
  Handler& handler_;
  MemoryBudget& budget_;
  const ConnectionLimits& limits_;
  boost::beast::flat_buffer buffer_;  // bytes read and not yet parsed: a head, and what came with it
  Deadline deadline_;
  bool between_requests_ = true;  // no whole head was read that is not answered
  bool stopping_ = false;
  boost::asio::steady_timer stop_came_;  // never expires; cancelled by `stop`
};

}  // namespace millrace::net
