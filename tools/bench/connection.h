// One HTTP/1.1 connection, as cheap as it can be: a message is written with one write from bytes built
// before, and of a received message only the first line and Content-Length are looked at. Used by the load
// (which writes requests) and by the floor server (which writes answers). Belongs to one coroutine at a time.
#pragma once

#include <boost/asio.hpp>
#include <boost/system/result.hpp>
#include <memory>
#include <string_view>

namespace millrace::bench {

namespace asio = boost::asio;

// A received message; valid until the next read from its connection.
struct Message {
  std::string_view head;  // the first line and the fields, up to and with the empty line
  std::string_view body;

  // The status of an answer; 0 if the first line is no status line.
  int status() const;
};

class Connection {
 public:
  explicit Connection(asio::ip::tcp::socket socket);

  asio::awaitable<boost::system::error_code> connect(asio::ip::tcp::endpoint endpoint);

  // `bytes` must stay until this completes.
  asio::awaitable<boost::system::error_code> write(std::string_view bytes);

  // Reads one whole message. Errors: asio::error::eof at an end before its first byte as well as within it;
  // protocol_error for a head over 64 KiB or an answer without Content-Length (none is needed in a request).
  asio::awaitable<boost::system::result<Message>> read();

  // Sends a request and reads the answer; connects anew where the server has closed after the one before.
  asio::awaitable<boost::system::result<Message>> exchange(std::string_view request);

 private:
  void reserve(std::size_t bytes);

  asio::ip::tcp::socket socket_;
  asio::ip::tcp::endpoint endpoint_;  // where it was connected to
  bool over_ = false;                 // the last answer said that the server closes
  std::unique_ptr<char[]> buffer_;    // grows to the largest message; never cleared, since reads fill it
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
};

}  // namespace millrace::bench
