// HTTP/1.1 requests: a request that comes in pieces is the request that comes whole. The first byte is the
// size of the pieces.
#include <boost/beast/core/flat_buffer.hpp>

#include "server/net/request_parser.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace millrace;

// More than an input has: where Beast notices that a head is too large depends on the pieces it comes in.
constexpr std::uint32_t kMaxHeader = 16384;
constexpr std::uint64_t kMaxBody = 1024;

// As a connection reads one: the head, then the body, each as far as there is something of it.
struct Read {
  Read(std::string_view text, std::size_t piece) {
    parser.max_body = kMaxBody;
    while (!text.empty() && !parser.is_done()) {
      const std::size_t n = std::min(piece, text.size());
      buffer.commit(boost::asio::buffer_copy(buffer.prepare(n), boost::asio::buffer(text.data(), n)));
      text.remove_prefix(n);
      if (!parser.is_header_done() && !take()) return;
      if (!parser.is_header_done()) continue;
      parser.eager(true);
      if (!parser.is_done() && buffer.size() > 0 && !take()) return;
    }
    whole = parser.is_done();
  }

  // False when this is no request.
  bool take() {
    boost::system::error_code ec;
    buffer.consume(parser.put(buffer.data(), ec));
    return !ec || ec == boost::beast::http::error::need_more;
  }

  boost::beast::flat_buffer buffer;
  net::RequestParser parser{kMaxHeader};
  bool whole = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = fuzz::view(data + 1, size - 1);
  const Read at_once(text, text.size()), in_pieces(text, data[0] + 1u);
  fuzz::expect(at_once.whole == in_pieces.whole, "pieces make the same request or none");
  const HttpRequest &a = at_once.parser.request, &b = in_pieces.parser.request;
  fuzz::expect(a.body.size() <= kMaxBody && b.body.size() <= kMaxBody, "the limit is kept");
  if (!at_once.whole) return 0;
  fuzz::expect(a.method == b.method && a.target == b.target && a.body == b.body, "likewise");
  fuzz::expect(std::equal(a.headers.begin(), a.headers.end(), b.headers.begin(), b.headers.end()),
               "likewise");
  return 0;
}
