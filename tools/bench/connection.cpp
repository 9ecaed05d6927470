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
constexpr std::string_view kLength = "content-length:";

constexpr auto kAsValues = asio::as_tuple(asio::use_awaitable);

template <class Number>
std::optional<Number> leading_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  Number number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

// The length of the body that follows `head`; none if the head is not understood.
std::optional<std::size_t> body_length(std::string_view head) {
  std::size_t line = head.find("\r\n") + 2;
  while (line < head.size()) {
    const std::string_view rest = head.substr(line);
    if (rest.size() > kLength.size() && strncasecmp(rest.data(), kLength.data(), kLength.size()) == 0) {
      return leading_number<std::size_t>(rest.substr(kLength.size()));
    }
    line += rest.find("\r\n") + 2;
  }
  if (head.starts_with("HTTP/")) return std::nullopt;
  return 0;
}

bool says_close(std::string_view head) {
  constexpr std::string_view kClose = "\r\nconnection: close\r\n";
  return std::search(head.begin(), head.end(), kClose.begin(), kClose.end(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         }) != head.end();
}

error_code protocol_error() { return make_error_code(boost::system::errc::protocol_error); }

}  // namespace

int Message::status() const {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!head.starts_with(kVersion)) return 0;
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
  auto [error] = co_await socket_.async_connect(endpoint, kAsValues);
  if (!error) socket_.set_option(tcp::no_delay(true), error);
  co_return error;
}

asio::awaitable<error_code> Connection::write(std::string_view bytes) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  const auto [error, written] = co_await asio::async_write(socket_, buffer, kAsValues);
  co_return error;
}

asio::awaitable<boost::system::result<Message>> Connection::read() {
  used_ = 0;
  std::size_t head = 0;     // its size, once it is there
  std::size_t message = 0;  // the size of head and body
  while (head == 0 || used_ < message) {
    const asio::mutable_buffer space(buffer_.get() + used_, capacity_ - used_);
    const auto [error, bytes] = co_await socket_.async_read_some(space, kAsValues);
    if (error) co_return error;
    used_ += bytes;
    if (head != 0) continue;
    const std::string_view text(buffer_.get(), used_);
    const std::size_t end = text.find("\r\n\r\n");
    if (end == text.npos) {
      if (used_ == capacity_) co_return protocol_error();
      continue;
    }
    head = end + 4;
    const std::optional<std::size_t> body = body_length(text.substr(0, head));
    if (!body) co_return protocol_error();
    message = head + *body;
    reserve(message);
  }
  if (used_ != message) co_return protocol_error();  // nothing was asked for that could follow
  const std::string_view text(buffer_.get(), message);
  co_return Message{text.substr(0, head), text.substr(head)};
}

asio::awaitable<boost::system::result<Message>> Connection::exchange(std::string_view request) {
  if (over_) {
    error_code ignored;
    socket_.close(ignored);
    if (const error_code error = co_await connect(endpoint_)) co_return error;
  }
  if (const error_code error = co_await write(request)) co_return error;
  const boost::system::result<Message> answer = co_await read();
  over_ = answer && says_close(answer->head);
  co_return answer;
}

}  // namespace millrace::bench
