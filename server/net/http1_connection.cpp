#include "server/net/http1_connection.h"

#include <sys/sendfile.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>

#include "server/net/body_stream.h"
#include "server/net/http1_head.h"
#include "server/net/request_host.h"

namespace millrace::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace asio::experimental::awaitable_operators;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
// A head is small, and a connection that is idle keeps its buffer.
constexpr std::size_t kHeadReadBytes = 4 << 10;
// What a head may take uncounted: nearly every client's takes less.
constexpr std::size_t kFreeHeadBytes = 8 << 10;
// What a peer gets to take in the end of the connection.
constexpr std::chrono::seconds kLastWords(2);

auto as_error(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

}  // namespace

Http1Connection::Http1Connection(std::unique_ptr<Transport> transport, Handler& handler,
                                 std::shared_ptr<MemoryBudget::Peer> memory, const ConnectionLimits& limits,
                                 FileReads* files, boost::beast::flat_buffer received)
    : transport_(std::move(transport)),
      handler_(handler),
      memory_(std::move(memory)),
      limits_(limits),
      files_(files),
      buffer_(std::move(received)),
      deadline_(limits.idle_timeout),
      stop_came_(transport_->socket().get_executor(), asio::steady_timer::time_point::max()) {}

asio::awaitable<void> Http1Connection::run() {
  while (!stopping_ && transport_->is_open())
    if (co_await serve_one() == Next::close) break;
  if (transport_->secured() && transport_->is_open()) {
    deadline_.within(kLastWords);
    co_await transport_->end_sending();
  }
  transport_->close();
}

void Http1Connection::stop() {
  stopping_ = true;
  deadline_.hurry();
  stop_came_.cancel();
  if (between_requests_) abort();
}

void Http1Connection::abort() {
  stopping_ = true;
  transport_->close();
}

void Http1Connection::check_deadline(std::chrono::steady_clock::time_point now) {
  if (deadline_.passed(now)) return abort();
  if (!reading_body_ && !sending_memory_) return;
  if (!deadline_.slow(now) || !memory_->others_wait(now)) return;
  if (sending_memory_) {
    transport_->forget_unsent();
    return abort();
  }
  too_slow_ = true;
  transport_->cancel();
}

asio::awaitable<Http1Connection::Next> Http1Connection::serve_one() {
  RequestParser parser(limits_.max_header);
  MemoryHold head_memory;
  deadline_.begin();
  between_requests_ = true;
  if (!co_await read_head(parser, head_memory)) co_return Next::close;
  between_requests_ = false;
  if (parser.unknown_coding) {
    co_await refuse(501, "The only supported transfer coding is \"chunked\".");
    co_return Next::close;
  }
  if (const char* const wrong = settle_host(parser.request, parser.minor_version)) {
    co_await refuse(400, wrong);
    co_return Next::close;
  }
  parser.request.secure = transport_->secured();
  parser.request.source = transport_->peer_address();
  parser.request.memory = memory_;
  co_return co_await serve(parser,
                           handler_.begin(std::exchange(parser.request, {}), transport_->peer_of_requests()));
}

asio::awaitable<Http1Connection::Next> Http1Connection::serve(RequestParser& parser,
                                                              std::unique_ptr<Exchange> exchange) {
  using Unread = Exchange::Unread;
  HttpRequest& request = exchange->request();
  BodySink* const sink = exchange->sink();
  const bool head_only = request.method == "HEAD";
  if (exchange->answer) {
    if (!parser.is_done()) co_return co_await answer_unread(std::move(*exchange->answer));
    deadline_.pause();
    co_return co_await answer(parser, std::move(*exchange->answer), head_only);
  }
  // A sink takes any size, a piece at a time.
  parser.max_body = sink ? exchange->max_body : std::min(exchange->max_body, memory_->most_body());
  const std::uint64_t most = parser.chunked() ? parser.max_body : parser.content_length().value_or(0);
  if (most > parser.max_body) co_return co_await answer_unread(exchange->unread(Unread::too_large));
  body_ = BodyMemory(memory_, sink ? std::min(most, BodyMemory::kPiece) : most);
  deadline_.begin();
  reading_body_ = true;
  const Body body = co_await read_body(parser, request, sink);
  reading_body_ = false;
  const bool handled = body == Body::whole || body == Body::unwanted;
  if (!handled) {
    request.body = std::string();
    body_ = BodyMemory();
  }
  if (std::exchange(too_slow_, false) && !handled && transport_->is_open())
    co_return co_await answer_unread(exchange->unread(Unread::too_slow));
  if (body == Body::too_large) co_return co_await answer_unread(exchange->unread(Unread::too_large));
  if (body == Body::no_memory) co_return co_await answer_unread(exchange->unread(Unread::no_memory));
  if (body == Body::gone) co_return Next::close;
  deadline_.pause();
  request.held = body_.take(request.body.size());
  HttpResponse response = co_await exchange->handle();
  exchange.reset();  // an answer may take minutes to send
  if (body == Body::unwanted) co_return co_await answer_unread(std::move(response));
  co_return co_await answer(parser, std::move(response), head_only);
}

asio::awaitable<Http1Connection::Next> Http1Connection::answer(RequestParser& parser, HttpResponse response,
                                                               bool head_only) {
  const bool keep_alive = parser.may_stay();
  const unsigned minor_version = parser.minor_version;
  if (transport_->secured() && files_) stream_file(*files_, response, memory_);
  deadline_.begin();
  const bool until_close = minor_version == 0 && !response.head_length &&
                           std::holds_alternative<std::unique_ptr<BodyStream>>(response.body);
  const bool stay = keep_alive && !until_close && !stopping_;
  const auto header = !stay                ? ConnectionHeader::close
                      : minor_version == 0 ? ConnectionHeader::keep_alive  // not its default
                                           : ConnectionHeader::none;
  if (!co_await write(std::move(response), header, minor_version, head_only)) co_return Next::close;
  if (stay && !stopping_) co_return Next::go_on;
  // Closing a socket that holds unread bytes would reset the connection and could take the answer with it.
  error_code ec;
  if (buffer_.size() > 0 || transport_->socket().available(ec) > 0) co_await linger();
  co_return Next::close;
}

// A large head is counted as it comes, as the beginning of a body is, and never waits for memory: that comes
// before what a request waits for (MemoryBudget), so that no two requests wait for each other.
bool Http1Connection::count_head(std::size_t bytes, MemoryHold& held) const {
  while (bytes > kFreeHeadBytes + held.bytes()) {
    const std::uint64_t more = std::max<std::uint64_t>(held.bytes(), kReadBytes);
    std::optional<MemoryHold> taken = memory_->try_take(MemoryBudget::Part::prefix, more);
    if (!taken) return false;
    held.add(std::move(*taken));
  }
  return true;
}

asio::awaitable<bool> Http1Connection::read_head(RequestParser& parser, MemoryHold& held) {
  static constexpr std::string_view kLineEnd = "\r\n";
  error_code ec;
  bool first = true;
  std::size_t received = buffer_.size();
  for (;;) {
    if (first && buffer_.size() >= kLineEnd.size()) {
      // Some old clients end a body with a line end of their own (RFC 9112, 2.2).
      const std::string_view read(static_cast<const char*>(buffer_.data().data()), buffer_.size());
      if (read.starts_with(kLineEnd)) buffer_.consume(kLineEnd.size());
      first = false;
    }
    if (!first && buffer_.size() > 0) {
      buffer_.consume(parser.put(buffer_.data(), ec));
      if (parser.odd_line) {
        co_await refuse(400, "The request's head has a folded line, or one that does not end with CR LF.");
        co_return false;
      }
      if (parser.is_header_done()) break;
      if (ec == http::error::header_limit) {
        co_await refuse(431, "The request's head is larger than --max-header-kib allows.");
        co_return false;
      }
      if (ec && ec != http::error::need_more) {
        co_await refuse(400, "This is not an HTTP/1.1 request.");
        co_return false;
      }
    }
    const bool none_yet = buffer_.size() == 0;
    const std::size_t n = co_await transport_->read_some(buffer_.prepare(kHeadReadBytes), ec);
    if (ec) co_return false;
    buffer_.commit(n);
    if (none_yet) deadline_.begin();
    deadline_.moved(n);
    if (!count_head(received += n, held)) {
      co_await refuse(503, "There is not enough free memory for the head of this request; try again.");
      co_return false;
    }
  }
  co_return true;
}

asio::awaitable<Http1Connection::Next> Http1Connection::answer_unread(HttpResponse response) {
  deadline_.begin();
  if (co_await write(std::move(response), ConnectionHeader::close, 1, false)) co_await linger();
  co_return Next::close;
}

asio::awaitable<bool> Http1Connection::write(HttpResponse response, ConnectionHeader connection,
                                             unsigned minor_version, bool head_only) {
  static constexpr std::array<std::string_view, 3> kHeaders{"", "keep-alive", "close"};
  const Framing framing = framing_of(response, minor_version);
  const std::string head = head_of(response, framing, kHeaders[static_cast<std::size_t>(connection)]);
  const bool no_body = head_only || response.status == 204 || response.status == 304;
  const auto* text = std::get_if<std::string>(&response.body);
  Transport::Parts parts{asio::buffer(head)};
  if (text && !no_body) parts[1] = asio::buffer(*text);
  sending_memory_ = response.held.bytes() > 0;
  const bool written = co_await write_all(parts);
  sending_memory_ = false;
  if (!written) co_return false;
  if (no_body || text) co_return true;
  if (const auto* file = std::get_if<FilePart>(&response.body)) co_return co_await send_file(*file);
  co_return co_await send_stream(*std::get<std::unique_ptr<BodyStream>>(response.body), framing.chunks);
}

asio::awaitable<bool> Http1Connection::write_all(Transport::Parts parts) {
  error_code ec;
  std::size_t left = asio::buffer_size(parts);
  // In pieces, so that a slow reader of a large answer is not taken for a silent one.
  while (left > 0) {
    std::size_t n = co_await transport_->write_some(parts, ec);
    if (ec) co_return false;
    left -= n;
    deadline_.moved(n);
    for (asio::const_buffer& part : parts) {
      const std::size_t of_part = std::min(n, part.size());
      part += of_part;
      n -= of_part;
    }
  }
  co_return true;
}

asio::awaitable<bool> Http1Connection::send_stream(BodyStream& body, bool chunks) {
  transport_->bound_unsent(Transport::kUnsentOfStream);
  const std::variant<bool, std::monostate> end = co_await (send_pieces(body, chunks) || peer_gone());
  transport_->bound_unsent(Transport::kUnsent);
  co_return end.index() == 0 && std::get<0>(end);
}

asio::awaitable<bool> Http1Connection::send_pieces(BodyStream& body, bool chunks) {
  static constexpr std::string_view kLineEnd = "\r\n", kLastChunk = "0\r\n\r\n";
  while (!stopping_) {
    deadline_.pause();
    const std::variant<Piece, std::monostate> got = co_await (pull(body) || stop_came());
    if (got.index() == 1) break;
    const Piece& piece = std::get<0>(got);
    deadline_.begin();
    if (piece.failed) co_return false;
    if (!piece.data) break;
    Transport::Parts parts{asio::const_buffer(), asio::buffer(*piece.data)};
    char size[20];
    if (chunks) {
      char* const end = std::to_chars(size, size + sizeof size, piece.data->size(), 16).ptr;
      std::copy(kLineEnd.begin(), kLineEnd.end(), end);
      parts[0] = asio::buffer(size, static_cast<std::size_t>(end - size) + kLineEnd.size());
      parts[2] = asio::buffer(kLineEnd);
    }
    sending_memory_ = true;
    const bool written = co_await write_all(parts);
    sending_memory_ = false;
    if (!written) co_return false;
  }
  deadline_.begin();
  if (!chunks) co_return true;
  const Transport::Parts last{asio::buffer(kLastChunk)};
  co_return co_await write_all(last);
}

asio::awaitable<void> Http1Connection::stop_came() {
  error_code ignored;
  co_await stop_came_.async_wait(as_error(ignored));
}

asio::awaitable<void> Http1Connection::peer_gone() {
  error_code ec;
  while (buffer_.size() < kReadBytes) {
    const std::size_t n = co_await transport_->read_some(buffer_.prepare(kReadBytes), ec);
    if (ec) co_return;
    buffer_.commit(n);
  }
  co_await transport_->socket().async_wait(Transport::Socket::wait_error, as_error(ec));
}

asio::awaitable<bool> Http1Connection::send_file(FilePart part) {
  Transport::Socket& socket = transport_->socket();
  error_code ec;
  socket.native_non_blocking(true, ec);
  auto offset = static_cast<off_t>(part.offset);
  while (part.size > 0) {
    std::uint64_t left = std::min(part.size, FileReads::kWindow);
    part.size -= left;
    if (files_ && !co_await files_->load(part.descriptor, static_cast<std::uint64_t>(offset), left))
      co_return false;
    while (left > 0) {
      const ssize_t n = ::sendfile(socket.native_handle(), *part.descriptor, &offset, left);
      if (n > 0) {
        left -= static_cast<std::uint64_t>(n);
        deadline_.begin();  // holds no memory, so that only silence ends it
      } else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        co_await socket.async_wait(Transport::Socket::wait_write, as_error(ec));
        if (ec) co_return false;
      } else {
        co_return false;  // the file is shorter than it was, or the peer went away
      }
    }
  }
  co_return true;
}

asio::awaitable<void> Http1Connection::refuse(unsigned status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.body = std::string(text) + "\n";
  if (co_await write(std::move(response), ConnectionHeader::close, 1, false)) co_await linger();
}

asio::awaitable<void> Http1Connection::linger() {
  deadline_.within(kLastWords);
  co_await transport_->linger();
}

}  // namespace millrace::net
