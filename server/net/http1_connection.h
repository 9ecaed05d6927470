// One HTTP/1.1 connection: requests read, handed on and answered, one after the other.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>

#include "server/net/body_memory.h"
#include "server/net/connection.h"
#include "server/net/deadline.h"
#include "server/net/file_reads.h"
#include "server/net/handler.h"
#include "server/net/request_parser.h"
#include "server/net/transport.h"

namespace millrace::net {

class Http1Connection final : public Connection {
 public:
  // `received`: what was read of the peer's bytes already. `files` may be nullptr where no answer is a file.
  Http1Connection(std::unique_ptr<Transport> transport, Handler& handler,
                  std::shared_ptr<MemoryBudget::Peer> memory, const ConnectionLimits& limits,
                  FileReads* files = nullptr, boost::beast::flat_buffer received = {});

  [[nodiscard]] boost::asio::awaitable<void> run() override;
  void stop() override;
  void abort() override;
  void check_deadline(std::chrono::steady_clock::time_point now) override;

 private:
  enum class Next { go_on, close };
  enum class ConnectionHeader { none, keep_alive, close };

  // Counts a head of which so many bytes have come; false: no memory is free.
  bool count_head(std::size_t bytes, MemoryHold& held) const;
  boost::asio::awaitable<bool> read_head(RequestParser& parser, MemoryHold& held);
  // How the reading of a body ended; `gone`: by the peer, or it was refused already. `unwanted`: the sink
  // takes no more of it.
  enum class Body { whole, unwanted, gone, too_large, no_memory };
  boost::asio::awaitable<Body> read_body(RequestParser& parser, HttpRequest& request, BodySink* sink);
  boost::asio::awaitable<Body> read_sized_body(std::string& body, std::uint64_t size);
  boost::asio::awaitable<Body> read_chunked_body(RequestParser& parser, BodySink* sink);
  // The same for a body that goes to a sink.
  boost::asio::awaitable<Body> pass_sized_body(BodySink& sink, std::uint64_t size);
  boost::asio::awaitable<Body> pass_piece(BodySink& sink, std::string piece);
  // Counts so much of the body; false: too long no memory was free.
  boost::asio::awaitable<bool> cover(std::uint64_t bytes);
  boost::asio::awaitable<Next> serve_one();
  boost::asio::awaitable<Next> serve(RequestParser& parser, std::unique_ptr<Exchange> exchange);
  boost::asio::awaitable<Next> answer_unread(HttpResponse response);
  boost::asio::awaitable<Next> answer(RequestParser& parser, HttpResponse response, bool head_only);
  boost::asio::awaitable<bool> write(HttpResponse response, ConnectionHeader connection,
                                     unsigned minor_version, bool head_only);
  boost::asio::awaitable<bool> write_all(Transport::Parts parts);
  boost::asio::awaitable<bool> send_file(FilePart part);
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
  const std::shared_ptr<MemoryBudget::Peer> memory_;
  const ConnectionLimits& limits_;
  FileReads* const files_;
  boost::beast::flat_buffer buffer_;  // bytes read and not yet parsed: a head, and what came with it
  Deadline deadline_;
  bool between_requests_ = true;                        // no whole head was read that is not answered
  BodyMemory body_;                                     // of the body that is read
  bool reading_body_ = false, sending_memory_ = false;  // whether what goes on holds memory
  bool too_slow_ = false;                               // the body came too slowly for those who wait
  bool stopping_ = false;
  boost::asio::steady_timer stop_came_;  // never expires; cancelled by `stop`
};

}  // namespace millrace::net
