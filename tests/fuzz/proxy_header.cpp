// The PROXY protocol, and X-Forwarded-For: what a proxy says of its client.
#include "server/net/proxy_header.h"

#include "server/pipeline/source.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace millrace;
using State = net::ProxyHeader::State;

// What is read does not depend on the pieces in which it comes.
void read(std::string_view text) {
  const net::ProxyHeader all = net::read_proxy_header(text);
  fuzz::expect(all.state != State::incomplete || text.size() < net::kMaxProxyHeader, "a header has an end");
  fuzz::expect(all.state != State::whole || (all.size > 0 && all.size <= text.size()), "it is there");
  const std::size_t most = std::min(text.size(), net::kMaxProxyHeader);
  for (std::size_t n = 0; n < most; ++n) {
    const net::ProxyHeader part = net::read_proxy_header(text.substr(0, n));
    if (part.state == State::incomplete) continue;
    fuzz::expect(part.state == all.state && part.size == all.size && part.source == all.source,
                 "pieces make the same header or none");
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::view(data, size);
  read(text);
  static const Networks proxies({"10.0.0.0/8", "::1"});
  HttpRequest head;
  head.source = "10.0.0.1";
  head.headers.add("X-Forwarded-For", std::string(text));
  fuzz::expect(!source_of(head, proxies).empty(), "there is a source");
  return 0;
}
