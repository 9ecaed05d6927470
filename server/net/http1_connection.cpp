#include "server/net/http1_connection.h"

#include <sys/sendfile.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>

#include "api/core/uninitialized.h"
#include "server/net/body_stream.h"
#include "server/net/http1_head.h"

namespace millrace::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace asio::experimental::awaitable_operators;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
// Spare capacity behind a body, for parsers that read in steps of a vector register.
constexpr std::size_t kBodyPadding = 64;
constexpr std::size_t kFilePieceBytes = 64 << 10;
// Of a large body so much is waited for at a time: to be woken for each segment costs more than the segment.
constexpr std::size_t kBodyPieceBytes = 128 << 10;
// What a peer gets to take in the end of the connection.
constexpr std::chrono::seconds kLastWords(2);

auto as_error(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

// Where a request's target names the server too, as requests to a proxy do (RFC 9112, 3.2.2), only the path
// counts.
void to_origin_form(std::string& target) {
  const std::size_t scheme = target.starts_with("http://") ? 7 : target.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return;
  const std::size_t path = std::min(target.find_first_of("/?", scheme), target.size());
  target.erase(0, path);
  if (!target.starts_with('/')) target.insert(0, "/");
}

}  // namespace

Http1Connection::Http1Connection(std::unique_ptr<Transport> transport, Handler& handler, MemoryBudget& budget,
                                 const ConnectionLimits& limits, boost::beast::flat_buffer received)
    : transport_(std::move(transport)),
      handler_(handler),
      budget_(budget),
      limits_(limits),
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
  stop_came_.cancel();
  if (between_requests_) abort();
}

void Http1Connection::abort() {
  stopping_ = true;
  transport_->close();
}

void Http1Connection::check_deadline(std::chrono::steady_clock::time_point now) {
  if (deadline_.passed(now)) abort();
}

asio::awaitable<Http1Connection::Next> Http1Connection::serve_one() {
  RequestParser parser(limits_.max_header);
  deadline_.begin();
  between_requests_ = true;
  if (!co_await read_head(parser)) co_return Next::close;
  between_requests_ = false;
  if (parser.unknown_coding) {
    co_await refuse(501, "The only transfer coding of a request is \"chunked\".");
    co_return Next::close;
  }
  to_origin_form(parser.request.target);
  parser.request.secure = transport_->secured();
  parser.max_body = handler_.max_body(parser.request);
  const auto length = parser.content_length();
  if (length && *length > parser.max_body)
    co_return co_await answer_unread(handler_.too_large(parser.request));
  deadline_.pause();
  std::optional<RequestMemory> memory = co_await reserve(parser);
  if (!memory) co_return co_await answer_unread(handler_.overloaded(parser.request));
  deadline_.begin();
  if (!co_await read_body(parser)) {
    if (parser.body_too_large) co_return co_await answer_unread(handler_.too_large(parser.request));
    co_return Next::close;
  }
  deadline_.pause();
  co_return co_await answer(parser, std::move(*memory));
}

asio::awaitable<std::optional<RequestMemory>> Http1Connection::reserve(const RequestParser& parser) {
  const auto deadline = std::chrono::steady_clock::now() + limits_.idle_timeout;
  const std::uint64_t body = parser.chunked() ? parser.max_body : parser.content_length().value_or(0);
  const std::uint64_t answer = handler_.answer_memory(parser.request);
  auto for_body = co_await budget_.reserve(MemoryBudget::Use::body, body, deadline);
  if (!for_body) co_return std::nullopt;
  auto for_answer = co_await budget_.reserve(MemoryBudget::Use::answer, answer, deadline);
  if (!for_answer) co_return std::nullopt;
  RequestMemory memory;
  memory.body = std::move(*for_body);
  memory.answer = std::move(*for_answer);
  co_return memory;
}

asio::awaitable<Http1Connection::Next> Http1Connection::answer(RequestParser& parser, RequestMemory memory) {
  const bool head_only = parser.request.method == "HEAD", keep_alive = parser.keep_alive();
  const unsigned minor_version = parser.minor_version;
  HttpResponse response = co_await handler_.handle(std::move(parser.request));
  const auto* text = std::get_if<std::string>(&response.body);
  const std::uint64_t size = text ? text->size() : 0;
  memory.shrink_to(size);
  deadline_.begin();
  const bool until_close =
      minor_version == 0 && std::holds_alternative<std::unique_ptr<BodyStream>>(response.body);
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

asio::awaitable<bool> Http1Connection::read_head(RequestParser& parser) {
  static constexpr std::string_view kLineEnd = "\r\n";
  error_code ec;
  bool first = true;
  for (;;) {
    if (first && buffer_.size() >= kLineEnd.size()) {
      // Some old clients end a body with a line end of their own (RFC 9112, 2.2).
      const std::string_view read(static_cast<const char*>(buffer_.data().data()), buffer_.size());
      if (read.starts_with(kLineEnd)) buffer_.consume(kLineEnd.size());
      first = false;
    }
    if (!first && buffer_.size() > 0) {
      buffer_.consume(parser.put(buffer_.data(), ec));
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
    const std::size_t n = co_await transport_->read_some(buffer_.prepare(kReadBytes), ec);
    if (ec) co_return false;
    buffer_.commit(n);
    if (none_yet) deadline_.begin();
    deadline_.moved(n);
  }
  co_return true;
}

asio::awaitable<bool> Http1Connection::read_body(RequestParser& parser) {
  if (parser.is_done()) co_return true;
  const bool asks = equals_ignoring_case(parser.request.headers.get("expect"), "100-continue");
  if (asks && parser.minor_version > 0 && buffer_.size() == 0) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const Transport::Parts parts{asio::buffer(kContinue)};
    if (!co_await write_all(parts)) co_return false;
  }
  if (const auto size = parser.content_length()) co_return co_await read_sized_body(parser, *size);
  co_return co_await read_chunked_body(parser);
}

// Straight into memory of the body's size: Beast's own body readers cost many times as much.
asio::awaitable<bool> Http1Connection::read_sized_body(RequestParser& parser, std::uint64_t size) {
  std::string& body = parser.request.body;
  body.reserve(size + kBodyPadding);
  resize_uninitialized(body, size);
  std::size_t have = std::min<std::size_t>(buffer_.size(), size);
  std::memcpy(body.data(), buffer_.data().data(), have);
  buffer_.consume(have);
  while (have < size) {
    error_code ec;
    const auto rest = asio::buffer(body.data() + have, size - have);
    transport_->wait_for_bytes(rest.size() < kBodyPieceBytes ? 1 : kBodyPieceBytes);
    const std::size_t n = co_await transport_->read_some(rest, ec);
    if (ec) co_return false;
    have += n;
    deadline_.moved(n);
  }
  transport_->wait_for_bytes(1);
  co_return true;
}

asio::awaitable<bool> Http1Connection::read_chunked_body(RequestParser& parser) {
  error_code ec;
  parser.eager(true);
  for (;;) {
    if (buffer_.size() > 0) {
      buffer_.consume(parser.put(buffer_.data(), ec));
      if (parser.is_done()) co_return true;
      if (ec && ec != http::error::need_more) {
        if (!parser.body_too_large) co_await refuse(400, "The request's body is not in the chunked form.");
        co_return false;
      }
      // What is left is the beginning of a chunk's head or of the trailers.
      if (buffer_.size() > limits_.max_header) {
        co_await refuse(431, "A chunk's head, or the trailers, are larger than --max-header-kib allows.");
        co_return false;
      }
    }
    const std::size_t n = co_await transport_->read_some(buffer_.prepare(kReadBytes), ec);
    if (ec) co_return false;
    buffer_.commit(n);
    deadline_.moved(n);
  }
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
  if (!co_await write_all(parts)) co_return false;
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
  const std::variant<bool, std::monostate> end = co_await (send_pieces(body, chunks) || peer_gone());
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
    if (!co_await write_all(parts)) co_return false;
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
  if (transport_->secured()) co_return co_await send_file_in_pieces(std::move(part));
  Transport::Socket& socket = transport_->socket();
  error_code ec;
  socket.native_non_blocking(true, ec);
  auto offset = static_cast<off_t>(part.offset);
  std::uint64_t left = part.size;
  while (left > 0) {
    const ssize_t n =
        ::sendfile(socket.native_handle(), *part.descriptor, &offset, std::min<std::uint64_t>(left, 1 << 20));
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
  co_return true;
}

asio::awaitable<bool> Http1Connection::send_file_in_pieces(FilePart part) {
  std::vector<char> piece(std::min<std::uint64_t>(part.size, kFilePieceBytes));
  while (part.size > 0) {
    const ssize_t n =
        ::pread(*part.descriptor, piece.data(), std::min<std::uint64_t>(part.size, piece.size()),
                static_cast<off_t>(part.offset));
    if (n <= 0) co_return false;  // the file is shorter than it was
    const auto bytes = static_cast<std::size_t>(n);
    deadline_.begin();
    const Transport::Parts parts{asio::buffer(piece.data(), bytes)};
    if (!co_await write_all(parts)) co_return false;
    part.offset += bytes;
    part.size -= bytes;
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
