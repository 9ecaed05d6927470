#include "tools/bench/noop_function.h"

#include <boost/asio.hpp>
#include <charconv>
#include <cstdlib>
#include <string>

namespace millrace::bench {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::string_view kApi = "/2018-06-01/runtime/invocation/";

// The value of a header of an answer's head; empty when it is not there. Only of our own server, which writes
// names as they are given here.
std::string_view header(std::string_view head, std::string_view name) {
  std::size_t at = head.find(name);
  if (at == head.npos) return {};
  at += name.size();
  return head.substr(at, head.find('\r', at) - at);
}

// One answer; what came with it is left in `buffer`. Returns its head; the body is read and dropped.
std::string read_answer(tcp::socket& socket, std::string& buffer) {
  const std::size_t head_size = asio::read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n");
  std::string head = buffer.substr(0, head_size);
  const std::string_view length = header(head, "Content-Length: ");
  std::size_t body = 0;
  std::from_chars(length.data(), length.data() + length.size(), body);
  const std::size_t whole = head_size + body;
  if (buffer.size() < whole) {
    const std::size_t there = buffer.size();
    buffer.resize(whole);
    asio::read(socket, asio::buffer(buffer.data() + there, whole - there));
  }
  buffer.erase(0, whole);
  return head;
}

}  // namespace

int run_noop_function() {
  const std::string api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  const std::string host = "Host: " + api + "\r\n";
  asio::io_context context;
  tcp::socket socket(context);
  const std::size_t colon = api.find(':');
  socket.connect({asio::ip::make_address(api.substr(0, colon)),
                  static_cast<std::uint16_t>(std::stoul(api.substr(colon + 1)))});
  socket.set_option(tcp::no_delay(true));
  const std::string next = "GET " + std::string(kApi) + "next HTTP/1.1\r\n" + host + "\r\n";
  std::string buffer;
  try {
    for (;;) {
      asio::write(socket, asio::buffer(next));
      const std::string head = read_answer(socket, buffer);
      const std::string id(header(head, "Lambda-Runtime-Aws-Request-Id: "));
      if (id.empty()) return 1;
      asio::write(socket, asio::buffer("POST " + std::string(kApi) + id + "/response HTTP/1.1\r\n" + host +
                                       "Content-Type: application/json\r\nContent-Length: 4\r\n\r\nnull"));
      (void)read_answer(socket, buffer);
    }
  } catch (const boost::system::system_error&) {
    return 0;  // the server has gone
  }
}

}  // namespace millrace::bench
