#include "server/net/http2_connection.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "server/log.h"
#include "server/net/body_stream.h"

namespace millrace::net {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
// Frames that wait to be sent, above which nothing is read.
constexpr std::size_t kMaxQueued = 256;
// Of a body that goes to a sink; there is room for more to come while it takes them.
constexpr std::size_t kPieceBytes = BodyMemory::kPiece / 2;
// Requests that are served, those included whose streams the peer has given up.
constexpr std::size_t kMaxRunning = 2 * Http2Session::kMaxStreams;
// What a peer gets to take in the end of the connection.
constexpr std::chrono::seconds kLastWords(2);

constexpr auto kNever = asio::steady_timer::time_point::max();

}  // namespace

Http2Connection::Http2Connection(std::unique_ptr<Transport> transport, Handler& handler,
                                 std::shared_ptr<MemoryBudget::Peer> memory, const ConnectionLimits& limits,
                                 FileReads& files, boost::beast::flat_buffer received)
    : transport_(std::move(transport)),
      handler_(handler),
      memory_(std::move(memory)),
      limits_(limits),
      files_(files),
      received_(std::move(received)),
      session_(*this, limits),
      something_to_write_(transport_->socket().get_executor(), kNever),
      room_to_read_(transport_->socket().get_executor(), kNever),
      all_done_(transport_->socket().get_executor(), kNever),
      write_deadline_(limits.idle_timeout),
      idle_deadline_(limits.idle_timeout) {
  write_deadline_.pause();
}

asio::awaitable<void> Http2Connection::run() {
  const auto end = co_await (read_all() || write_all());
  if (end.index() == 1 && transport_->is_open()) {
    write_deadline_.begin();
    write_deadline_.within(kLastWords);
    co_await transport_->linger();
  }
  transport_->close();
  stopping_ = true;
  session_.close_all();
  while (running_ > 0) co_await wait(all_done_);
}

void Http2Connection::stop() {
  stopping_ = true;
  write_deadline_.hurry();
  for (const auto& [id, stream] : session_.streams()) {
    stream->deadline.hurry();
    wake(*stream);
  }
  leave();
}

void Http2Connection::abort() {
  stopping_ = true;
  transport_->close();
  something_to_write_.cancel();
  room_to_read_.cancel();
}

void Http2Connection::leave() {
  if (std::exchange(leaving_, true)) return;
  session_.go_away();
  something_to_write_.cancel();
}

void Http2Connection::check_deadline(std::chrono::steady_clock::time_point now) {
  if (write_deadline_.passed(now)) return abort();
  session_.check_deadlines(now);
  give_up_slow(now);
  if (session_.streams().empty() && idle_deadline_.passed(now)) leave();
  something_to_write_.cancel();
}

void Http2Connection::give_up_slow(std::chrono::steady_clock::time_point now) {
  for (const auto& [id, stream] : session_.streams()) {
    if (!stream->deadline.slow(now) || !stream->holds_memory() || !memory_->others_wait(now)) continue;
    if (stream->answered) {
      stream->deadline.pause();
      session_.reset(*stream, NGHTTP2_CANCEL);
    } else {
      stream->too_slow = true;
      wake(*stream);
    }
  }
}

void Http2Connection::on_head(StreamPointer stream) {
  stream->request.secure = transport_->secured();
  stream->request.source = transport_->peer_address();
  stream->request.memory = memory_;
  stream->exchange = handler_.begin(std::exchange(stream->request, {}), transport_->peer_of_requests());
  Exchange& exchange = *stream->exchange;
  const bool passed_on = exchange.sink() != nullptr;
  stream->discarded = exchange.answer.has_value();
  stream->max_body = passed_on ? exchange.max_body : std::min(exchange.max_body, memory_->most_body());
  std::uint64_t most = std::min(stream->content_length.value_or(stream->max_body), stream->max_body);
  if (passed_on) most = std::min(most, BodyMemory::kPiece);
  stream->memory = BodyMemory(memory_, stream->whole || stream->discarded ? 0 : most);
  new_.push_back(std::move(stream));
}

void Http2Connection::on_closed(Http2Stream& stream) {
  idle_deadline_.begin();
  wake(stream);
}

asio::awaitable<void> Http2Connection::read_all() {
  bool fine = receive({static_cast<const char*>(received_.data().data()), received_.size()});
  received_ = {};
  std::array<char, kReadBytes> bytes;
  for (;;) {
    // A peer that sends and does not read makes nothing pile up here.
    while (transport_->is_open() && (!fine || session_.queued() > kMaxQueued)) co_await wait(room_to_read_);
    error_code ec;
    const std::size_t n = co_await transport_->read_some(asio::buffer(bytes), ec);
    if (ec) co_return;
    fine = receive({bytes.data(), n});
  }
}

bool Http2Connection::receive(std::string_view bytes) {
  const bool fine = bytes.empty() || session_.receive(bytes);
  for (StreamPointer& stream : std::exchange(new_, {})) {
    if (running_ >= kMaxRunning) {
      session_.reset(*stream, NGHTTP2_REFUSED_STREAM);
      continue;
    }
    ++running_;
    asio::co_spawn(transport_->socket().get_executor(), serve(std::move(stream)), asio::detached);
  }
  something_to_write_.cancel();
  return fine;
}

asio::awaitable<void> Http2Connection::write_all() {
  std::string out;
  for (;;) {
    out.clear();
    session_.fill(out);
    if (!out.empty() && !co_await write(out)) co_return;
    room_to_read_.cancel();
    if (!out.empty())
      continue;  // what came meanwhile may have ended the session: its last words are to be sent
    if (session_.finished()) co_return;
    co_await wait(something_to_write_);
  }
}

asio::awaitable<bool> Http2Connection::write(std::string_view bytes) {
  write_deadline_.begin();
  while (!bytes.empty()) {
    const Transport::Parts parts{asio::buffer(bytes)};
    error_code ec;
    const std::size_t n = co_await transport_->write_some(parts, ec);
    if (ec) co_return false;
    bytes.remove_prefix(n);
    write_deadline_.moved(n);
  }
  write_deadline_.pause();
  co_return true;
}

asio::awaitable<void> Http2Connection::wait(asio::steady_timer& timer) {
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> Http2Connection::wait(Http2Stream& stream) {
  asio::steady_timer timer(transport_->socket().get_executor(), kNever);
  stream.waiter = &timer;
  co_await wait(timer);
  stream.waiter = nullptr;
}

void Http2Connection::wake(Http2Stream& stream) {
  if (stream.waiter) stream.waiter->cancel();
}

asio::awaitable<void> Http2Connection::serve(StreamPointer stream) {
  try {
    co_await answer(*stream);
  } catch (const std::exception& e) {
    log::error("stream_failed", {{"reason", e.what()}});
    session_.reset(*stream, NGHTTP2_INTERNAL_ERROR);
  }
  something_to_write_.cancel();
  stream.reset();
  if (--running_ == 0) all_done_.cancel();
}

asio::awaitable<void> Http2Connection::answer(Http2Stream& stream) {
  Exchange& exchange = *stream.exchange;
  if (exchange.answer) co_return session_.answer(stream, std::move(*exchange.answer));
  const std::uint64_t announced = stream.content_length.value_or(0);
  if (announced > stream.max_body)
    co_return session_.answer(stream, exchange.unread(Exchange::Unread::too_large));
  HttpRequest& request = exchange.request();
  BodySink* const sink = exchange.sink();
  if (!(sink ? co_await pass_body(stream, *sink) : co_await read_body(stream))) co_return;
  stream.deadline.pause();
  request.body = std::move(stream.request.body);
  request.held = stream.memory.take(request.body.size());
  HttpResponse response = co_await exchange.handle();
  stream.exchange.reset();  // an answer may take minutes to send
  if (!stream.open) co_return;
  stream_file(files_, response, memory_);
  std::unique_ptr<BodyStream> body;
  if (auto* const pieces = std::get_if<std::unique_ptr<BodyStream>>(&response.body))
    body = std::move(*pieces);
  session_.answer(stream, std::move(response));
  if (body && !stream.is_head) co_await send_pieces(stream, *body);
}

asio::awaitable<bool> Http2Connection::read_body(Http2Stream& stream) {
  bool covered = true;
  if (!stream.whole) {
    session_.invite_body(stream);
    covered = co_await accept_body(stream, false);
    if (stream.accepted) co_await wait_for_body(stream, UINT64_MAX);
  }
  co_return !answer_unread(stream, covered);
}

asio::awaitable<bool> Http2Connection::pass_body(Http2Stream& stream, BodySink& sink) {
  stream.deadline.pause();
  bool wanted = co_await sink.open(), covered = true;
  if (wanted && !stream.whole) {
    session_.invite_body(stream);
    covered = co_await accept_body(stream, true);
  }
  while (wanted && covered && stream.open && !stream.discarded) {
    co_await wait_for_body(stream, kPieceBytes - 1);  // not each frame alone
    std::string piece = session_.take_piece(stream);
    const std::uint64_t size = piece.size();
    const bool last = size < kPieceBytes;
    if (size > 0) {
      stream.deadline.pause();
      stream.passing = true;
      wanted = co_await sink.write(std::move(piece));
      stream.passing = false;
      stream.deadline.resume();
      stream.deadline.moved(stream.request.body.size());  // what came meanwhile
      session_.piece_passed(stream, size);
    }
    if (last) break;
    something_to_write_.cancel();
  }
  if (!wanted && stream.open) {
    session_.discard_body(stream);
    stream.memory = BodyMemory();
    co_return true;
  }
  co_return !answer_unread(stream, covered);
}

asio::awaitable<bool> Http2Connection::accept_body(Http2Stream& stream, bool in_pieces) {
  something_to_write_.cancel();
  stream.deadline.begin();
  // What is counted as it comes; and no more than a peer may send of a body that is not accepted.
  co_await wait_for_body(stream, std::min(stream.memory.prefix(), Http2Session::kFirstWindow / 2));
  if (!stream.open || stream.whole || stream.discarded || stream.body_too_large || stream.too_slow)
    co_return true;
  std::uint64_t claim = std::min(stream.content_length.value_or(stream.max_body), stream.max_body);
  if (in_pieces) claim = std::min(claim, BodyMemory::kPiece);
  stream.deadline.pause();
  const auto deadline = std::chrono::steady_clock::now() + limits_.idle_timeout;
  if (!co_await stream.memory.cover(claim, deadline)) co_return false;
  if (in_pieces)
    session_.accept_pieces(stream, claim);
  else
    session_.accept_body(stream, claim);
  something_to_write_.cancel();
  co_return true;
}

bool Http2Connection::answer_unread(Http2Stream& stream, bool covered) {
  using Unread = Exchange::Unread;
  stream.deadline.pause();
  if (!stream.open) return true;
  if (stream.body_too_large)
    session_.answer(stream, stream.exchange->unread(Unread::too_large));
  else if (stream.no_memory || !covered)
    session_.answer(stream, stream.exchange->unread(Unread::no_memory));
  else if (!stream.whole)
    session_.answer(stream, stream.exchange->unread(Unread::too_slow));
  else
    return false;
  stream.request.body = std::string();
  stream.memory = BodyMemory();
  return true;
}

asio::awaitable<void> Http2Connection::wait_for_body(Http2Stream& stream, std::uint64_t tell_above) {
  stream.tell_above = tell_above;
  while (stream.open && !stream.whole && !stream.body_too_large && !stream.no_memory && !stream.too_slow &&
         stream.request.body.size() <= tell_above)
    co_await wait(stream);
}

asio::awaitable<void> Http2Connection::send_pieces(Http2Stream& stream, BodyStream& body) {
  while (stream.open && !stopping_) {
    something_to_write_.cancel();
    std::variant<Piece, std::monostate> got = co_await (pull(body) || wait(stream));
    if (got.index() == 1) break;  // one of both conditions holds no more
    Piece& piece = std::get<0>(got);
    if (piece.failed) co_return session_.reset(stream, NGHTTP2_INTERNAL_ERROR);
    if (!piece.data) break;
    session_.give_piece(stream, std::move(*piece.data));
    something_to_write_.cancel();
    while (stream.open && stream.unsent() > 0) co_await wait(stream);
  }
  session_.end_body(stream);
}

}  // namespace millrace::net
