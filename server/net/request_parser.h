// Beast's HTTP/1.1 parser, filling Millrace's own request without a detour over Beast's fields.
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include "api/core/message.h"

namespace millrace::net {

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(std::uint32_t max_header) {
    header_limit(max_header);
    body_limit(boost::none);  // the connection holds the limit, which depends on the head
    eager(false);
  }

  // As the base's. Beast 1.81 asserts that what follows the first "0\r\n" of a body in chunks comes in no
  // piece of one byte; hence it sees a body's first chunk when there is as much of it as the shortest body
  // has, and not before.
  std::size_t put(const boost::asio::const_buffer& buffer, boost::system::error_code& ec) {
    static constexpr std::string_view kShortestBody = "0\r\n\r\n";
    if (is_header_done() && chunked() && !first_chunk_read_ && buffer.size() < kShortestBody.size()) {
      ec = boost::beast::http::error::need_more;
      return 0;
    }
    const bool head = !is_header_done();
    const std::size_t n = basic_parser::put(buffer, ec);
    if (head) odd_line = odd_line || has_odd_line({static_cast<const char*>(buffer.data()), n});
    return n;
  }

  // Whether another request may follow on the connection. Not where HTTP/1.0 has a transfer coding: what is
  // between this server and the client may have seen another end of the body (RFC 9112, 6.1).
  [[nodiscard]] bool may_stay() const { return keep_alive() && !(minor_version == 0 && chunked()); }

  HttpRequest request;
  std::uint64_t max_body = 0;   // of a body in chunks; set when the head is known
  std::uint64_t handed_on = 0;  // of the body, no more in `request`
  bool body_too_large = false;
  unsigned minor_version = 1;
  // Transfer codings that are not "chunked" alone: where the body ends is not known, or what it is.
  bool unknown_coding = false;
  // The head has a line that another server may take for two, or two that it may take for one.
  bool odd_line = false;

 private:
  using error_code = boost::system::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    request.method = method;
    request.target = target;
    minor_version = version == 10 ? 0 : 1;
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field field, string_view name, string_view value,
                     error_code&) override {
    if (is_header_done()) return;  // a trailer, which must not speak for the head
    if (field == boost::beast::http::field::transfer_encoding)
      unknown_coding = std::exchange(coding_seen_, true) || !equals_ignoring_case(value, "chunked");
    request.headers.add(std::string(name), std::string(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view part, error_code& ec) override { return append(part, ec); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override { first_chunk_read_ = true; }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view part, error_code& ec) override {
    return append(part, ec);
  }
  void on_finish_impl(error_code&) override {}

  // A line end that is not CR LF, a NUL, or a line that goes on in the next one (RFC 9112, 2.2 and 5.2).
  static bool has_odd_line(std::string_view text) {
    constexpr std::string_view kEnds("\r\n\0", 3);
    for (std::size_t at = text.find_first_of(kEnds); at != text.npos; at = text.find_first_of(kEnds, at)) {
      if (!text.substr(at).starts_with("\r\n")) return true;
      at += 2;
      if (at < text.size() && (text[at] == ' ' || text[at] == '\t')) return true;
    }
    return false;
  }

  std::size_t append(string_view part, error_code& ec) {
    if (handed_on + request.body.size() + part.size() > max_body) {
      body_too_large = true;
      ec = boost::beast::http::error::body_limit;
      return 0;
    }
    request.body.append(part);
    return part.size();
  }

  bool first_chunk_read_ = false, coding_seen_ = false;
};

}  // namespace millrace::net
