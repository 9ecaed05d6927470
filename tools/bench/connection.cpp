#include "tools/bench/connection.h"

#include <strings.h>

#include <charconv>
#include <cstring>
#include <optional>

namespace millrace::bench {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kFirstCapacity = 64 * 1024;
constexpr auto kAsValues = asio::as_tuple(asio::use_awaitable);

template <class Number>
std::optional<Number> leading_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  Number number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

// How the body that follows a head is told from what follows the body.
struct Framing {
  std::optional<std::size_t> length;
  bool chunked = false;
  bool keep_alive = true;
};

// The value of a header field, if that is the one this line holds; `name` is in lower case, with the colon.
std::optional<std::string_view> value_if(std::string_view line, std::string_view name) {
  if (line.size() < name.size() || strncasecmp(line.data(), name.data(), name.size()) != 0) {
    return std::nullopt;
  }
  line.remove_prefix(name.size());
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), b.size()) == 0;
}

Framing framing_of(std::string_view head) {
  Framing framing;
  framing.keep_alive = !head.starts_with("HTTP/1.0");
  std::size_t at = head.find("\r\n") + 2;
  while (at < head.size()) {
    const std::size_t end = head.find("\r\n", at);
    const std::string_view line = head.substr(at, end - at);
    if (const auto length = value_if(line, "content-length:")) {
      framing.length = leading_number<std::size_t>(*length);
    } else if (const auto coding = value_if(line, "transfer-encoding:")) {
      framing.chunked = same(*coding, "chunked");
    } else if (const auto option = value_if(line, "connection:")) {
      framing.keep_alive = same(*option, "keep-alive") || (framing.keep_alive && !same(*option, "close"));
    }
    at = end + 2;
  }
  if (!framing.length && !framing.chunked) {
    if (head.starts_with("HTTP/")) {
      framing.keep_alive = false;
    } else {
      framing.length = 0;
    }
  }
  return framing;
}

error_code protocol_error() { return make_error_code(boost::system::errc::protocol_error); }

}  // namespace

int Message::status() const {
  constexpr std::string_view kVersion = "HTTP/1.1 ";  // or 1.0
  if (!head.starts_with(kVersion.substr(0, 7)) || head.size() < kVersion.size()) return 0;
  return leading_number<int>(head.substr(kVersion.size())).value_or(0);
}

Connection::Connection(tcp::socket socket) : socket_(std::move(socket)) { reserve(kFirstCapacity); }

void Connection::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return;
  auto larger = std::make_unique_for_overwrite<char[]>(bytes);
  if (used_ > 0) std::memcpy(larger.get(), buffer_.get(), used_);
  buffer_ = std::move(larger);
  capacity_ = bytes;
}

asio::awaitable<error_code> Connection::connect(tcp::endpoint endpoint) {
  endpoint_ = endpoint;
  over_ = false;
  auto [error] = co_await socket_.async_connect(endpoint, kAsValues);
  if (!error) socket_.set_option(tcp::no_delay(true), error);
  co_return error;
}

asio::awaitable<error_code> Connection::write(std::string_view bytes) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  const auto [error, written] = co_await asio::async_write(socket_, buffer, kAsValues);
  co_return error;
}

asio::awaitable<error_code> Connection::read_some() {
  const asio::mutable_buffer space(buffer_.get() + used_, capacity_ - used_);
  const auto [error, bytes] = co_await socket_.async_read_some(space, kAsValues);
  used_ += bytes;
  co_return error;
}

asio::awaitable<boost::system::result<std::size_t>> Connection::read_head() {
  used_ = 0;
  for (;;) {
    if (const error_code error = co_await read_some()) co_return error;
    const std::size_t end = std::string_view(buffer_.get(), used_).find("\r\n\r\n");
    if (end != std::string_view::npos) co_return end + 4;
    if (used_ >= kFirstCapacity) co_return protocol_error();
  }
}

// Moves the chunks' data together behind the head; returns the end of the data. Trailers are not understood.
asio::awaitable<boost::system::result<std::size_t>> Connection::read_chunks(std::size_t head) {
  std::size_t end = head;   // of the data
  std::size_t next = head;  // where the next chunk's size stands
  for (;;) {
    const std::size_t line = std::string_view(buffer_.get(), used_).find("\r\n", next);
    std::size_t size = 0;
    bool whole = line != std::string_view::npos;
    if (whole) {
      if (std::from_chars(buffer_.get() + next, buffer_.get() + line, size, 16).ec != std::errc()) {
        co_return protocol_error();
      }
      whole = used_ >= line + 2 + size + 2;
      if (!whole) reserve(line + 2 + size + 2 + kFirstCapacity);
    }
    if (!whole) {
      if (used_ == capacity_) reserve(2 * capacity_);
      if (const error_code error = co_await read_some()) co_return error;
      continue;
    }
    std::memmove(buffer_.get() + end, buffer_.get() + line + 2, size);
    end += size;
    next = line + 2 + size + 2;
    if (size == 0) co_return end;
  }
}

asio::awaitable<boost::system::result<std::size_t>> Connection::read_to_end() {
  for (;;) {
    if (used_ == capacity_) reserve(2 * capacity_);
    const error_code error = co_await read_some();
    if (error == asio::error::eof) co_return used_;
    if (error) co_return error;
  }
}

asio::awaitable<boost::system::result<Message>> Connection::read() {
  const boost::system::result<std::size_t> head = co_await read_head();
  if (!head) co_return head.error();
  const Framing framing = framing_of(std::string_view(buffer_.get(), *head));
  std::size_t message = 0;  // the size of head and body
  if (framing.length) {
    message = *head + *framing.length;
    reserve(message);
    while (used_ < message) {
      if (const error_code error = co_await read_some()) co_return error;
    }
    if (used_ != message) co_return protocol_error();  // nothing was asked for that could follow
  } else {
    boost::system::result<std::size_t> end = 0;
    if (framing.chunked) {
      end = co_await read_chunks(*head);
    } else {
      end = co_await read_to_end();
    }
    if (!end) co_return end.error();
    message = *end;
  }
  over_ = !framing.keep_alive;
  const std::string_view text(buffer_.get(), message);
  co_return Message{text.substr(0, *head), text.substr(*head), framing.keep_alive};
}

asio::awaitable<boost::system::result<Message>> Connection::exchange(std::string_view request) {
  if (over_) {
    error_code ignored;
    socket_.close(ignored);
    if (const error_code error = co_await connect(endpoint_)) co_return error;
  }
  if (const error_code error = co_await write(request)) co_return error;
  co_return co_await read();
}

}  // namespace millrace::bench
