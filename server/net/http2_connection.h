// One HTTP/2 connection: many requests at a time, each served by a coroutine of its own. One coroutine reads,
// one writes.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <vector>

#include "server/net/connection.h"
#include "server/net/deadline.h"
#include "server/net/file_reads.h"
#include "server/net/handler.h"
#include "server/net/http2_session.h"
#include "server/net/transport.h"

namespace millrace::net {

class Http2Connection final : public Connection, Http2Session::Events {
 public:
  // `received`: what was read of the peer's bytes already.
  Http2Connection(std::unique_ptr<Transport> transport, Handler& handler,
                  std::shared_ptr<MemoryBudget::Peer> memory, const ConnectionLimits& limits,
                  FileReads& files, boost::beast::flat_buffer received);

  [[nodiscard]] boost::asio::awaitable<void> run() override;
  void stop() override;
  void abort() override;
  void check_deadline(std::chrono::steady_clock::time_point now) override;

 private:
  using StreamPointer = std::shared_ptr<Http2Stream>;

  void on_head(StreamPointer stream) override;
  void on_body(Http2Stream& stream) override { wake(stream); }
  void on_piece_sent(Http2Stream& stream) override { wake(stream); }
  void on_closed(Http2Stream& stream) override;

  // Completes when the peer has gone.
  boost::asio::awaitable<void> read_all();
  // Completes when all that there ever will be was sent.
  boost::asio::awaitable<void> write_all();
  boost::asio::awaitable<bool> write(std::string_view bytes);
  bool receive(std::string_view bytes);

  boost::asio::awaitable<void> serve(StreamPointer stream);
  boost::asio::awaitable<void> answer(Http2Stream& stream);
  // false: the peer has given up, or was answered.
  boost::asio::awaitable<bool> read_body(Http2Stream& stream);
  // The same for a body that goes to a sink; true also where the sink wants no more.
  boost::asio::awaitable<bool> pass_body(Http2Stream& stream, BodySink& sink);
  // Waits for memory for more of the body than may come unasked, if there is more; false: there was none.
  boost::asio::awaitable<bool> accept_body(Http2Stream& stream, bool in_pieces);
  // Answers in place of a body that did not come to its end; false: it did.
  bool answer_unread(Http2Stream& stream, bool covered);
  // Completes when the body is whole, or nothing more of it will come, or more than `tell_above` has.
  boost::asio::awaitable<void> wait_for_body(Http2Stream& stream, std::uint64_t tell_above);
  void give_up_slow(std::chrono::steady_clock::time_point now);
  boost::asio::awaitable<void> send_pieces(Http2Stream& stream, BodyStream& body);
  // Completes at the next `wake` of the stream, which may be for anything.
  boost::asio::awaitable<void> wait(Http2Stream& stream);
  static void wake(Http2Stream& stream);
  boost::asio::awaitable<void> wait(boost::asio::steady_timer& timer);
  void leave();

  const std::unique_ptr<Transport> transport_;
  Handler& handler_;
  const std::shared_ptr<MemoryBudget::Peer> memory_;
  const ConnectionLimits& limits_;
  FileReads& files_;
  boost::beast::flat_buffer received_;
  Http2Session session_;
  std::vector<StreamPointer> new_;  // whose heads came with the last bytes
  std::size_t running_ = 0;         // coroutines that serve streams
  // Never expire; cancelled when there is something to write, room to read, nothing running any more.
  boost::asio::steady_timer something_to_write_, room_to_read_, all_done_;
  Deadline write_deadline_;
  Deadline idle_deadline_;  // counts while there are no streams
  bool stopping_ = false, leaving_ = false;
};

}  // namespace millrace::net
