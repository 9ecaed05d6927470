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

  bool keep_alive = true;  // may the connection be used again?

  // The status of an answer; 0 if the first line is no status line.
  int status() const;
};

class Connection {
 public:
  explicit Connection(asio::ip::tcp::socket socket);

  asio::awaitable<boost::system::error_code> connect(asio::ip::tcp::endpoint endpoint);

  // `bytes` must stay until this completes.
  asio::awaitable<boost::system::error_code> write(std::string_view bytes);

  // Reads one whole message: of Content-Length bytes, in chunks (then put together), or, an answer that says
  // neither, up to the connection's end. Errors: asio::error::eof at an end before its first byte as well as
  // within it; protocol_error for a head over 64 KiB or what is not HTTP/1.
  asio::awaitable<boost::system::result<Message>> read();

  // Writes the request, reads its answer; connects again before it if the answer before asked for that.
  asio::awaitable<boost::system::result<Message>> exchange(std::string_view request);

 private:
  void reserve(std::size_t bytes);
  asio::awaitable<boost::system::error_code> read_some();
  asio::awaitable<boost::system::result<std::size_t>> read_head();
  asio::awaitable<boost::system::result<std::size_t>> read_chunks(std::size_t head);
  asio::awaitable<boost::system::result<std::size_t>> read_to_end();

  asio::ip::tcp::socket socket_;
  asio::ip::tcp::endpoint endpoint_;  // of the last connect()
  bool over_ = false;                 // the last answer was the connection's last
  std::unique_ptr<char[]> buffer_;    // grows to the largest message; never cleared, since reads fill it
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
};

}  // namespace millrace::bench
