// How a connection reads the body of a request: into memory as a whole, or to a sink in pieces.
#include <boost/beast/http/error.hpp>
#include <cstring>

#include "api/core/uninitialized.h"
#include "server/net/http1_connection.h"

namespace millrace::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
// Spare capacity behind a body, for parsers that read in steps of a vector register.
constexpr std::size_t kBodyPadding = 64;
// Of a large body so much is waited for at a time: to be woken for each segment costs more than the segment.
constexpr std::size_t kBodyPieceBytes = 128 << 10;

}  // namespace

asio::awaitable<bool> Http1Connection::cover(std::uint64_t bytes) {
  if (body_.try_cover(bytes)) co_return true;
  deadline_.pause();
  const bool covered = co_await body_.cover(bytes, std::chrono::steady_clock::now() + limits_.idle_timeout);
  deadline_.go_on();
  co_return covered;
}

asio::awaitable<Http1Connection::Body> Http1Connection::read_body(RequestParser& parser, HttpRequest& request,
                                                                  BodySink* sink) {
  if (sink) {
    deadline_.pause();
    if (!co_await sink->open()) co_return parser.is_done() ? Body::whole : Body::unwanted;
    deadline_.begin();
  }
  // Also where the body is empty: botocore takes a final answer that it did not wait for as the next
  // request's.
  const bool asks = equals_ignoring_case(request.headers.get("expect"), "100-continue");
  if (asks && parser.minor_version > 0 && buffer_.size() == 0) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const Transport::Parts parts{asio::buffer(kContinue)};
    if (!co_await write_all(parts)) co_return Body::gone;
    deadline_.begin();  // what was written was no part of the body
  }
  if (parser.is_done()) co_return Body::whole;
  if (const auto size = parser.content_length())
    co_return sink ? co_await pass_sized_body(*sink, *size) : co_await read_sized_body(request.body, *size);
  const Body read = co_await read_chunked_body(parser, sink);
  request.body = std::move(parser.request.body);
  co_return read;
}

asio::awaitable<Http1Connection::Body> Http1Connection::pass_sized_body(BodySink& sink, std::uint64_t size) {
  for (std::uint64_t left = size; left > 0;) {
    std::string piece;
    const std::uint64_t next = std::min(left, BodyMemory::kPiece);
    const Body read = co_await read_sized_body(piece, next);
    if (read != Body::whole) co_return read;
    left -= next;
    const Body passed = co_await pass_piece(sink, std::move(piece));
    if (passed != Body::whole && left > 0) co_return passed;
  }
  co_return Body::whole;
}

asio::awaitable<Http1Connection::Body> Http1Connection::pass_piece(BodySink& sink, std::string piece) {
  deadline_.pause();
  const bool more = co_await sink.write(std::move(piece));
  deadline_.resume();
  co_return more ? Body::whole : Body::unwanted;
}

// Straight into memory of the body's size: Beast's own body readers cost many times as much. The system gives
// memory when it is written to, so that what has not come takes none.
asio::awaitable<Http1Connection::Body> Http1Connection::read_sized_body(std::string& body,
                                                                        std::uint64_t size) {
  std::size_t have = std::min<std::size_t>(buffer_.size(), size);
  if (!co_await cover(have)) co_return Body::no_memory;
  body.reserve(size + kBodyPadding);
  resize_uninitialized(body, size);
  std::memcpy(body.data(), buffer_.data().data(), have);
  buffer_.consume(have);
  while (have < size) {
    error_code ec;
    if (body_.covered() == have && !co_await cover(have + 1)) co_return Body::no_memory;
    const auto rest = asio::buffer(body.data() + have, std::min<std::uint64_t>(size, body_.covered()) - have);
    transport_->wait_for_bytes(rest.size() < kBodyPieceBytes ? 1 : kBodyPieceBytes);
    const std::size_t n = co_await transport_->read_some(rest, ec);
    if (ec) co_return Body::gone;
    have += n;
    deadline_.moved(n);
  }
  transport_->wait_for_bytes(1);
  co_return Body::whole;
}

asio::awaitable<Http1Connection::Body> Http1Connection::read_chunked_body(RequestParser& parser,
                                                                          BodySink* sink) {
  error_code ec;
  parser.eager(true);
  std::string& body = parser.request.body;
  const std::uint64_t most_held = sink ? std::min(parser.max_body, BodyMemory::kPiece) : parser.max_body;
  body.reserve(std::min<std::uint64_t>(most_held, MemoryBudget::kSmall) + kBodyPadding);
  for (;;) {
    if (buffer_.size() > 0) {
      const std::uint64_t most = std::min(body.size() + buffer_.size(), most_held);
      if (!co_await cover(most)) co_return Body::no_memory;
      if (most > body.capacity()) body.reserve(most_held + kBodyPadding);  // once, see above
      buffer_.consume(parser.put(buffer_.data(), ec));
      if (sink && (parser.is_done() ? !body.empty() : body.size() + kReadBytes > BodyMemory::kPiece)) {
        parser.handed_on += body.size();
        const Body passed = co_await pass_piece(*sink, std::exchange(body, {}));
        if (passed != Body::whole) co_return parser.is_done() ? Body::whole : passed;
      }
      if (parser.is_done()) co_return Body::whole;
      if (ec && ec != http::error::need_more) {
        if (parser.body_too_large) co_return Body::too_large;
        co_await refuse(400, "The chunked encoding of the request's body is malformed.");
        co_return Body::gone;
      }
      // What is left is the beginning of a chunk's head or of the trailers.
      if (buffer_.size() > limits_.max_header) {
        co_await refuse(431, "The head of a chunk or the trailers are larger than --max-header-kib allows.");
        co_return Body::gone;
      }
    }
    const std::size_t n = co_await transport_->read_some(buffer_.prepare(kReadBytes), ec);
    if (ec) co_return Body::gone;
    buffer_.commit(n);
    deadline_.moved(n);
  }
}

}  // namespace millrace::net
