#include "server/net/proxy_header.h"

#include <gtest/gtest.h>

namespace millrace::net {
namespace {

using State = ProxyHeader::State;

// Version 2: the signature, `version` with the command, `family` with the transport, and the rest.
std::string binary(unsigned char version, unsigned char family, const std::string& rest) {
  std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
  out += static_cast<char>(version);
  out += static_cast<char>(family);
  out += static_cast<char>(rest.size() >> 8);
  out += static_cast<char>(rest.size());
  return out + rest;
}

const std::string kV4("\xcb\x00\x71\x07\x0a\x00\x00\x01\xc3\x50\x01\xbb", 12);  // 203.0.113.7 to 10.0.0.1
const std::string kV6 = std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16) + std::string(20, 'x');

std::string source_of(const ProxyHeader& header) { return header.source ? header.source->to_string() : ""; }

void expect_source(const std::string& text, const std::string& source) {
  const ProxyHeader header = read_proxy_header(text + "GET / HTTP/1.1\r\n");
  EXPECT_EQ(header.state, State::whole) << text;
  EXPECT_EQ(header.size, text.size()) << text;
  EXPECT_EQ(source_of(header), source) << text;
  for (std::size_t n = 0; n < text.size(); ++n)
    EXPECT_EQ(read_proxy_header(std::string_view(text).substr(0, n)).state, State::incomplete) << n << text;
}

TEST(ProxyHeader, NamesTheClientInText) {
  expect_source("PROXY TCP4 203.0.113.7 10.0.0.1 50000 443\r\n", "203.0.113.7");
  expect_source("PROXY TCP6 2001:db8::7 2001:db8::1 50000 443\r\n", "2001:db8::7");
  expect_source("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255");
}

TEST(ProxyHeader, NamesTheClientInBytes) {
  expect_source(binary(0x21, 0x11, kV4), "203.0.113.7");
  expect_source(binary(0x21, 0x21, kV6), "2001:db8::7");
  expect_source(binary(0x21, 0x11, kV4 + std::string("\x04\x00\x03xyz", 6)), "203.0.113.7");  // with a TLV
  expect_source(binary(0x21, 0x11, kV4 + std::string(kMaxProxyHeader - 16 - 12, 'x')), "203.0.113.7");
}

TEST(ProxyHeader, MayNameNoClient) {
  expect_source("PROXY UNKNOWN\r\n", "");
  expect_source("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "");
  expect_source(binary(0x20, 0x00, ""), "");   // the proxy's own connection
  expect_source(binary(0x20, 0x11, kV4), "");  // likewise
  expect_source(binary(0x21, 0x00, "xyz"), "");
  expect_source(binary(0x21, 0x31, std::string(216, '/')), "");  // a Unix socket
  expect_source(binary(0x21, 0x12, kV4), "");                    // datagrams
}

TEST(ProxyHeader, IsToldFromWhatClientsSend) {
  for (const char* text :
       {"GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "PUT /", "POST /", "\x16\x03\x01", "\r\n\r\nx", "PROXY/"})
    EXPECT_EQ(read_proxy_header(text).state, State::none) << text;
}

TEST(ProxyHeader, IsRefusedWhenItIsWrong) {
  for (const char* text :
       {"PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP4 203.0.113.7 10.0.0.1 50000\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 50000 443 \r\n", "PROXY TCP4 203.0.113.7  10.0.0.1 50000 443\r\n",
        "PROXY TCP4 2001:db8::7 10.0.0.1 50000 443\r\n", "PROXY TCP6 203.0.113.7 2001:db8::1 50000 443\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 50000 65536\r\n", "PROXY TCP4 203.0.113.7 10.0.0.1 -1 443\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 50000 443\n", "PROXY TCP5 203.0.113.7 10.0.0.1 50000 443\r\n",
        "PROXY UNKNOWNS\r\n", "PROXY TCP4 client 10.0.0.1 50000 443\r\n",
        "PROXY TCP6 fe80::1%lo 2001:db8::1 50000 443\r\n", "PROXY \n"})
    EXPECT_EQ(read_proxy_header(text).state, State::wrong) << text;
  EXPECT_EQ(read_proxy_header("PROXY " + std::string(101, 'x')).state, State::wrong);
  EXPECT_EQ(read_proxy_header("PROXY " + std::string(100, 'x')).state, State::incomplete);
  EXPECT_EQ(read_proxy_header(binary(0x11, 0x11, kV4)).state, State::wrong);  // another version
  EXPECT_EQ(read_proxy_header(binary(0x22, 0x11, kV4)).state, State::wrong);  // another command
  EXPECT_EQ(read_proxy_header(binary(0x21, 0x41, kV4)).state, State::wrong);
  EXPECT_EQ(read_proxy_header(binary(0x21, 0x13, kV4)).state, State::wrong);
  EXPECT_EQ(read_proxy_header(binary(0x21, 0x11, kV4.substr(1))).state, State::wrong);
  EXPECT_EQ(read_proxy_header(binary(0x21, 0x21, kV6.substr(1))).state, State::wrong);
  const std::string large = binary(0x21, 0x11, std::string(kMaxProxyHeader - 15, 'x'));
  EXPECT_EQ(read_proxy_header(std::string_view(large).substr(0, 16)).state, State::wrong);
}

}  // namespace
}  // namespace millrace::net
