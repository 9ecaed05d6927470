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
// Requests that are served, those included whose streams the peer has given up.
constexpr std::size_t kMaxRunning = 2 * Http2Session::kMaxStreams;
// What a peer gets to take in the end of the connection.
constexpr std::chrono::seconds kLastWords(2);

constexpr auto kNever = asio::steady_timer::time_point::max();

}  // namespace

Http2Connection::Http2Connection(std::unique_ptr<Transport> transport, Handler& handler, MemoryBudget& budget,
                                 const ConnectionLimits& limits, boost::beast::flat_buffer received)
    : transport_(std::move(transport)),
      handler_(handler),
      budget_(budget),
      limits_(limits),
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
  for (const auto& [id, stream] : session_.streams()) wake(*stream);
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
  if (session_.streams().empty() && idle_deadline_.passed(now)) leave();
  something_to_write_.cancel();
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
    if (session_.finished()) co_return;
    if (out.empty()) co_await wait(something_to_write_);
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
  stream.deadline.pause();
  stream.request.secure = transport_->secured();
  stream.max_body = handler_.max_body(stream.request);
  const std::uint64_t announced = stream.content_length.value_or(0);
  if (std::max<std::uint64_t>(announced, stream.request.body.size()) > stream.max_body)
    co_return session_.answer(stream, handler_.too_large(stream.request));
  std::optional<RequestMemory> memory = co_await reserve(stream);
  if (!memory) co_return session_.answer(stream, handler_.overloaded(stream.request));
  if (!co_await read_body(stream)) co_return;
  HttpResponse response = co_await handler_.handle(std::move(stream.request));
  if (!stream.open) co_return;
  const auto* const text = std::get_if<std::string>(&response.body);
  memory->shrink_to(text ? text->size() : 0);
  stream.memory = std::move(*memory);
  std::unique_ptr<BodyStream> body;
  if (auto* const pieces = std::get_if<std::unique_ptr<BodyStream>>(&response.body))
    body = std::move(*pieces);
  session_.answer(stream, std::move(response));
  if (body && !stream.is_head) co_await send_pieces(stream, *body);
}

asio::awaitable<std::optional<RequestMemory>> Http2Connection::reserve(const Http2Stream& stream) {
  const auto deadline = std::chrono::steady_clock::now() + limits_.idle_timeout;
  const std::uint64_t body =
      stream.whole ? stream.request.body.size() : stream.content_length.value_or(stream.max_body);
  const std::uint64_t answer = handler_.answer_memory(stream.request);
  // What of the body may come, or has come, before it has its memory.
  const auto early = budget_.hold_early(std::min(body, Http2Session::kFirstWindow));
  if (!early) co_return std::nullopt;
  auto for_body = co_await budget_.reserve(MemoryBudget::Use::body, body, deadline);
  if (!for_body) co_return std::nullopt;
  auto for_answer = co_await budget_.reserve(MemoryBudget::Use::answer, answer, deadline);
  if (!for_answer) co_return std::nullopt;
  RequestMemory memory;
  memory.body = std::move(*for_body);
  memory.answer = std::move(*for_answer);
  co_return memory;
}

// false: the peer has given up, or was answered.
asio::awaitable<bool> Http2Connection::read_body(Http2Stream& stream) {
  session_.accept_body(stream, stream.content_length.value_or(stream.max_body));
  something_to_write_.cancel();
  while (stream.open && !stream.whole && !stream.body_too_large) co_await wait(stream);
  stream.deadline.pause();
  if (stream.body_too_large) session_.answer(stream, handler_.too_large(stream.request));
  co_return stream.open && !stream.body_too_large;
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
