#include "server/net/connection.h"

#include <sys/sendfile.h>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <ctime>

namespace millrace::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
// Spare capacity behind a body, for parsers that read in steps of a vector register.
constexpr std::size_t kBodyPadding = 64;

std::string_view reason(unsigned status) { return http::obsolete_reason(static_cast<http::status>(status)); }

// The Date header's value, made once a second and thread.
const std::string& date_text() {
  thread_local std::time_t made = 0;
  thread_local std::string text;
  if (const std::time_t now = std::time(nullptr); now != made) {
    made = now;
    std::tm parts{};
    gmtime_r(&now, &parts);
    char out[64];
    text.assign(out, std::strftime(out, sizeof out, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  return text;
}

std::string head_of(const HttpResponse& response, std::uint64_t length, std::string_view connection) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += reason(response.status);
  for (const auto& [name, value] : response.headers) {
    // A line break in a value would let it forge headers.
    if (value.find_first_of("\r\n") != std::string::npos) continue;
    head += "\r\n";
    head += name;
    head += ": ";
    head += value;
  }
  head += "\r\nDate: ";
  head += date_text();
  if (response.status != 204 && response.status != 304)
    head += "\r\nContent-Length: " + std::to_string(length);
  if (!connection.empty()) {
    head += "\r\nConnection: ";
    head += connection;
  }
  head += "\r\n\r\n";
  return head;
}

std::uint64_t body_size(const HttpResponse& r) {
  if (r.head_length) return *r.head_length;
  if (const auto* text = std::get_if<std::string>(&r.body)) return text->size();
  return std::get<FilePart>(r.body).size;
}

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

Connection::Connection(Socket socket, Handler& handler, MemoryBudget& budget, const ConnectionLimits& limits)
    : socket_(std::move(socket)), handler_(handler), budget_(budget), limits_(limits) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  begin_transfer();
}

void Connection::begin_transfer() {
  began_ = std::chrono::steady_clock::now();
  moved_ = 0;
  moved(0);
}

void Connection::moved(std::size_t bytes) {
  moved_ += bytes;
  const auto idle = std::chrono::steady_clock::now() + limits_.idle_timeout;
  deadline_ =
      std::min(idle, began_ + limits_.idle_timeout + std::chrono::seconds(moved_ / kMinBytesPerSecond));
}

asio::awaitable<void> Connection::run() {
  while (!stopping_ && socket_.is_open())
    if (co_await serve_one() == Next::close) break;
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Connection::stop() {
  stopping_ = true;
  if (between_requests_) abort();
}

void Connection::abort() {
  stopping_ = true;
  error_code ignored;
  socket_.close(ignored);
}

void Connection::check_deadline(std::chrono::steady_clock::time_point now) {
  if (now >= deadline_) abort();
}

asio::awaitable<Connection::Next> Connection::serve_one() {
  RequestParser parser(limits_.max_header);
  begin_transfer();
  between_requests_ = true;
  if (!co_await read_head(parser)) co_return Next::close;
  between_requests_ = false;
  if (parser.unknown_coding) {
    co_await refuse(501, "The only transfer coding of a request is \"chunked\".");
    co_return Next::close;
  }
  to_origin_form(parser.request.target);
  parser.max_body = handler_.max_body(parser.request);
  const auto length = parser.content_length();
  if (length && *length > parser.max_body)
    co_return co_await answer_unread(handler_.too_large(parser.request));
  pause();
  std::optional<Memory> memory = co_await reserve(parser);
  if (!memory) co_return co_await answer_unread(handler_.overloaded(parser.request));
  begin_transfer();
  if (!co_await read_body(parser)) {
    if (parser.body_too_large) co_return co_await answer_unread(handler_.too_large(parser.request));
    co_return Next::close;
  }
  pause();
  co_return co_await answer(parser, std::move(*memory));
}

asio::awaitable<std::optional<Connection::Memory>> Connection::reserve(const RequestParser& parser) {
  const auto deadline = std::chrono::steady_clock::now() + limits_.idle_timeout;
  const std::uint64_t body = parser.chunked() ? parser.max_body : parser.content_length().value_or(0);
  const std::uint64_t answer = handler_.answer_memory(parser.request);
  auto for_body = co_await budget_.reserve(MemoryBudget::Use::body, body, deadline);
  if (!for_body) co_return std::nullopt;
  auto for_answer = co_await budget_.reserve(MemoryBudget::Use::answer, answer, deadline);
  if (!for_answer) co_return std::nullopt;
  Memory memory;
  memory.body = std::move(*for_body);
  memory.answer = std::move(*for_answer);
  co_return memory;
}

asio::awaitable<Connection::Next> Connection::answer(RequestParser& parser, Memory memory) {
  const bool head_only = parser.request.method == "HEAD", keep_alive = parser.keep_alive();
  HttpResponse response = co_await handler_.handle(std::move(parser.request));
  const auto* text = std::get_if<std::string>(&response.body);
  const std::uint64_t size = text ? text->size() : 0;
  memory.body.shrink_to(size);  // an error may hold much of what was sent
  memory.answer.shrink_to(size);
  begin_transfer();
  const bool stay = keep_alive && !stopping_;
  const auto header = !stay                       ? ConnectionHeader::close
                      : parser.minor_version == 0 ? ConnectionHeader::keep_alive  // not its default
                                                  : ConnectionHeader::none;
  if (!co_await write(std::move(response), header, head_only)) co_return Next::close;
  if (stay) co_return Next::go_on;
  // Closing a socket that holds unread bytes would reset the connection and could take the answer with it.
  error_code ec;
  if (buffer_.size() > 0 || socket_.available(ec) > 0) co_await linger();
  co_return Next::close;
}

asio::awaitable<bool> Connection::read_head(RequestParser& parser) {
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
    const std::size_t n = co_await socket_.async_read_some(buffer_.prepare(kReadBytes), as_error(ec));
    if (ec) co_return false;
    buffer_.commit(n);
    if (none_yet) begin_transfer();
    moved(n);
  }
  co_return true;
}

asio::awaitable<bool> Connection::read_body(RequestParser& parser) {
  if (parser.is_done()) co_return true;
  const bool asks = equals_ignoring_case(parser.request.headers.get("expect"), "100-continue");
  if (asks && parser.minor_version > 0 && buffer_.size() == 0) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code ec;
    co_await asio::async_write(socket_, asio::buffer(kContinue), as_error(ec));
    if (ec) co_return false;
  }
  if (const auto size = parser.content_length()) co_return co_await read_sized_body(parser, *size);
  co_return co_await read_chunked_body(parser);
}

// Straight into memory of the body's size: Beast's own body readers cost many times as much.
asio::awaitable<bool> Connection::read_sized_body(RequestParser& parser, std::uint64_t size) {
  std::string& body = parser.request.body;
  body.reserve(size + kBodyPadding);
  body.resize(size);
  std::size_t have = std::min<std::size_t>(buffer_.size(), size);
  std::memcpy(body.data(), buffer_.data().data(), have);
  buffer_.consume(have);
  while (have < size) {
    error_code ec;
    const auto rest = asio::buffer(body.data() + have, size - have);
    const std::size_t n = co_await socket_.async_read_some(rest, as_error(ec));
    if (ec) co_return false;
    have += n;
    moved(n);
  }
  co_return true;
}

asio::awaitable<bool> Connection::read_chunked_body(RequestParser& parser) {
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
    const std::size_t n = co_await socket_.async_read_some(buffer_.prepare(kReadBytes), as_error(ec));
    if (ec) co_return false;
    buffer_.commit(n);
    moved(n);
  }
}

asio::awaitable<Connection::Next> Connection::answer_unread(HttpResponse response) {
  begin_transfer();
  if (co_await write(std::move(response), ConnectionHeader::close, false)) co_await linger();
  co_return Next::close;
}

asio::awaitable<bool> Connection::write(HttpResponse response, ConnectionHeader connection, bool head_only) {
  static constexpr std::array<std::string_view, 3> kHeaders{"", "keep-alive", "close"};
  const std::string head =
      head_of(response, body_size(response), kHeaders[static_cast<std::size_t>(connection)]);
  const auto* text = std::get_if<std::string>(&response.body);
  const std::string_view body = head_only || !text ? std::string_view() : std::string_view(*text);
  const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
  error_code ec;
  std::size_t sent = 0;
  // In pieces, so that a slow reader of a large answer is not taken for a silent one.
  const std::size_t size = asio::buffer_size(parts);
  while (sent < size) {
    const std::size_t from_head = std::min(sent, head.size()), from_body = sent - from_head;
    const std::array<asio::const_buffer, 2> rest{asio::buffer(parts[0] + from_head),
                                                 asio::buffer(parts[1] + from_body)};
    const std::size_t n = co_await socket_.async_write_some(rest, as_error(ec));
    if (ec) co_return false;
    sent += n;
    moved(n);
  }
  if (!text && !head_only) co_return co_await send_file(std::get<FilePart>(response.body));
  co_return true;
}

asio::awaitable<bool> Connection::send_file(FilePart part) {
  error_code ec;
  socket_.native_non_blocking(true, ec);
  auto offset = static_cast<off_t>(part.offset);
  std::uint64_t left = part.size;
  while (left > 0) {
    const ssize_t n = ::sendfile(socket_.native_handle(), *part.descriptor, &offset,
                                 std::min<std::uint64_t>(left, 1 << 20));
    if (n > 0) {
      left -= static_cast<std::uint64_t>(n);
      begin_transfer();  // holds no memory, so that only silence ends it
    } else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      co_await socket_.async_wait(Socket::wait_write, as_error(ec));
      if (ec) co_return false;
    } else {
      co_return false;  // the file is shorter than it was, or the peer went away
    }
  }
  co_return true;
}

asio::awaitable<void> Connection::refuse(unsigned status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.body = std::string(text) + "\n";
  if (co_await write(std::move(response), ConnectionHeader::close, false)) co_await linger();
}

asio::awaitable<void> Connection::linger() {
  error_code ec;
  socket_.shutdown(Socket::shutdown_send, ec);
  deadline_ = std::min(deadline_, std::chrono::steady_clock::now() + std::chrono::seconds(2));
  std::array<char, kReadBytes> sink;
  while (!ec) co_await socket_.async_read_some(asio::buffer(sink), as_error(ec));
}

}  // namespace millrace::net
