// Bodies that are made while they are sent, and memory that is short, over HTTP/2.
#include <map>

#include "tests/unit/server/net/server_fixture.h"

namespace millrace::net {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kGoAway = 7, kWindowUpdate = 8;
constexpr std::uint8_t kEndStream = 1, kEndHeaders = 4;

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes));
  return out;
}

std::uint64_t number(std::string_view bytes) {
  std::uint64_t out = 0;
  for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, const std::string& payload) {
  return big_endian(payload.size(), 3) + big_endian(type, 1) + big_endian(flags, 1) + big_endian(stream, 4) +
         payload;
}

// A head in HPACK's simplest form (RFC 7541, 6.2.2): names by their number in the static table, values as
// text.
std::string head(bool post, const std::string& path, std::size_t length = 0) {
  const auto literal = [](const std::string& name, const std::string& value) {
    return name + static_cast<char>(value.size()) + value;
  };
  std::string out =
      (post ? "\x83" : "\x82") + std::string("\x86") + literal("\x04", path) + literal("\x01", "x");
  if (length > 0) out += literal(std::string("\x0f\x0d"), std::to_string(length));
  return out;
}

struct Frame {
  std::uint8_t type, flags;
  std::uint32_t stream;
  std::string payload;
};

class Http2StreamTest : public ServerTest {
 protected:
  // A client that has said that streams may have `window` bytes on their way.
  std::unique_ptr<Client> begin(std::uint32_t window = 1 << 20) {
    return ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
               frame(kSettings, 0, 0, big_endian(4, 2) + big_endian(window, 4)));
  }
  static void send(Client& client, const std::string& frames) { client << frames << std::flush; }
  static void get(Client& client, std::uint32_t stream, const std::string& path) {
    send(client, frame(kHeaders, kEndHeaders | kEndStream, stream, head(false, path)));
  }
  // The next frame; type 255: the connection has ended.
  static Frame read(Client& client) {
    std::string bytes(9, '\0');
    if (!client.read(bytes.data(), 9)) return {255, 0, 0, ""};
    const std::string_view b = bytes;
    Frame f{static_cast<std::uint8_t>(b[3]), static_cast<std::uint8_t>(b[4]),
            static_cast<std::uint32_t>(number(b.substr(5))), std::string(number(b.substr(0, 3)), '\0')};
    client.read(f.payload.data(), static_cast<std::streamsize>(f.payload.size()));
    return f;
  }
  // Reads up to the end of a stream: by its flag, by a reset, or with the connection. All bodies are in
  // `bodies`.
  Frame read_to_end(Client& client, std::uint32_t stream) {
    for (;;) {
      Frame f = read_one(client);
      const bool ends = f.type == kReset || ((f.type == kData || f.type == kHeaders) && f.flags & kEndStream);
      if (f.type == 255 || (f.stream == stream && ends)) return f;
    }
  }
  void read_to_body(Client& client, std::uint32_t stream, const std::string& body) {
    while (bodies[stream] != body) ASSERT_NE(read_one(client).type, 255);
  }
  Frame read_one(Client& client) {
    Frame f = read(client);
    if (f.type == kData) bodies[f.stream] += f.payload;
    if (f.type == kWindowUpdate) windows[f.stream] += number(f.payload);
    return f;
  }

  std::map<std::uint32_t, std::string> bodies;
  std::map<std::uint32_t, std::uint64_t> windows;  // what was added to them
};

TEST_F(Http2StreamTest, APieceIsAFrameAndTheConnectionStays) {
  serve();
  const auto client = begin();
  get(*client, 1, "/pieces?2");
  EXPECT_EQ(read_to_end(*client, 1).type, kData);
  EXPECT_EQ(bodies[1], "piece 0\npiece 1\n");
  get(*client, 3, "/echo");
  read_to_end(*client, 3);
  EXPECT_EQ(bodies[3], "GET /echo 0");
}

TEST_F(Http2StreamTest, StreamsGoOnSideBySide) {
  serve();
  const auto client = begin();
  get(*client, 1, "/forever");
  get(*client, 3, "/pieces?100");
  get(*client, 5, "/forever");
  read_to_end(*client, 3);
  read_to_body(*client, 1, "piece 0\n");
  read_to_body(*client, 5, "piece 0\n");
  EXPECT_EQ(handler.open, 2u);
}

TEST_F(Http2StreamTest, HeadGetsNoPieces) {
  serve();
  const auto client = begin();
  const std::string method = std::string("\x02") + "\x04" + "HEAD";
  send(*client, frame(kHeaders, kEndHeaders | kEndStream, 1, method + head(false, "/pieces?2").substr(1)));
  EXPECT_EQ(read_to_end(*client, 1).type, kHeaders);
  EXPECT_EQ(handler.made, 0u);
}

TEST_F(Http2StreamTest, ThereIsNoNextPieceBeforeTheLastOneWasTaken) {
  serve();
  const auto client = begin(10);
  get(*client, 1, "/pieces?3");
  read_to_body(*client, 1, "piece 0\npi");
  get(*client, 3, "/echo");  // has its own window, and shows that the server had the time for another piece
  read_to_body(*client, 3, "GET /echo ");
  EXPECT_EQ(handler.made, 2u);
  send(*client, frame(kWindowUpdate, 0, 1, big_endian(100, 4)));
  read_to_end(*client, 1);
  EXPECT_EQ(bodies[1], "piece 0\npiece 1\npiece 2\n");
}

TEST_F(Http2StreamTest, AStreamThatBreaksIsReset) {
  serve();
  const auto client = begin();
  get(*client, 1, "/throws");
  const Frame end = read_to_end(*client, 1);
  EXPECT_EQ(end.type, kReset);
  EXPECT_EQ(number(end.payload), 2u);  // INTERNAL_ERROR
  EXPECT_EQ(bodies[1], "piece 0\n");
}

TEST_F(Http2StreamTest, WaitingEndsWhenThePeerResets) {
  serve();
  const auto client = begin();
  get(*client, 1, "/forever");
  get(*client, 3, "/forever");
  read_to_body(*client, 1, "piece 0\n");
  read_to_body(*client, 3, "piece 0\n");
  wait_until([&] { return handler.waiting == 2; });
  send(*client, frame(kReset, 0, 1, big_endian(8, 4)));
  wait_until([&] { return handler.cancelled == 1 && handler.open == 1; });
  get(*client, 5, "/echo");
  read_to_end(*client, 5);
  EXPECT_EQ(bodies[5], "GET /echo 0");
}

TEST_F(Http2StreamTest, WaitingEndsWhenThePeerGoes) {
  serve();
  const auto client = begin();
  get(*client, 1, "/forever");
  get(*client, 3, "/forever");
  read_to_body(*client, 3, "piece 0\n");
  wait_until([&] { return handler.waiting == 2; });
  client->close();
  wait_until([&] { return handler.cancelled == 2 && handler.open == 0; });
}

TEST_F(Http2StreamTest, WaitingEndsCleanlyWhenTheServerStops) {
  serve();
  const auto client = begin();
  get(*client, 1, "/forever");
  read_to_body(*client, 1, "piece 0\n");
  wait_until([&] { return handler.waiting == 1; });
  std::thread stopper([&] { EXPECT_TRUE(stop()); });
  bool goes_away = false;
  Frame f = read_one(*client);
  for (; f.type != 255 && f.type != kReset && !(f.type == kData && f.flags & kEndStream);
       f = read_one(*client))
    goes_away |= f.type == kGoAway;
  EXPECT_EQ(f.type, kData);
  EXPECT_TRUE(goes_away || read_one(*client).type == kGoAway);
  client->close();
  stopper.join();
  EXPECT_EQ(handler.cancelled, 1u);
}

TEST_F(Http2StreamTest, WaitingForAPieceIsNoSilence) {
  ServerOptions options;
  options.limits.idle_timeout = 1s;
  serve(options);
  const auto waiting = begin(), silent = begin();
  get(*waiting, 1, "/forever");
  read_to_body(*waiting, 1, "piece 0\n");
  while (read(*silent).type != 255) {
  }
  EXPECT_EQ(handler.cancelled, 0u);
  EXPECT_EQ(handler.open, 1u);
}

TEST_F(Http2StreamTest, AStreamWithoutWindowIsGivenUp) {
  ServerOptions options;
  options.limits.idle_timeout = 1s;
  serve(options);
  const auto client = begin(10);
  get(*client, 1, "/pieces?3");
  EXPECT_EQ(read_to_end(*client, 1).type, kReset);
  wait_until([&] { return handler.open == 0; });
  EXPECT_EQ(handler.made, 2u);
}

TEST_F(Http2StreamTest, AReaderThatDoesNotReadMakesNothingPileUpAndIsClosed) {
  ServerOptions options;
  options.limits.idle_timeout = 2s;
  serve(options);
  const auto client = begin(INT32_MAX);
  send(*client, frame(kWindowUpdate, 0, 0, big_endian(INT32_MAX - 65535, 4)));
  get(*client, 1, "/blocks?10000");
  wait_until([&] { return handler.open == 1; });
  wait_until([&] { return handler.open == 0; });
  EXPECT_LT(handler.made, 1'000u);
}

TEST_F(Http2StreamTest, BodiesThatWaitForMemoryLetTheOthersPass) {
  ServerOptions options;
  options.body_memory = 8 << 20;  // of which large bodies of one address have somewhat less than four
  serve(options);
  const auto client = begin();
  constexpr std::size_t kSize = 2 << 20;
  // The first gets its memory; two wait for theirs, with what may come unasked.
  for (const std::uint32_t stream : {1u, 3u, 5u})
    send(*client, frame(kHeaders, kEndHeaders, stream, head(true, "/echo", kSize)));
  const std::string part(16 << 10, 'x');
  for (const std::uint32_t stream : {1u, 3u, 5u})
    for (int i = 0; i < 3; ++i) send(*client, frame(kData, 0, stream, part));
  get(*client, 7, "/echo");  // needs no large memory
  read_to_end(*client, 7);
  EXPECT_EQ(bodies[7], "GET /echo 0");
  const auto send_rest = [&](std::uint32_t stream, std::size_t sent) {
    while (windows[stream] + 65535 < kSize) ASSERT_NE(read_one(*client).type, 255);
    for (; sent < kSize; sent += part.size())
      send(*client, frame(kData, sent + part.size() == kSize ? kEndStream : 0, stream, part));
  };
  send_rest(1, 3 * part.size());
  read_to_end(*client, 1);
  EXPECT_EQ(bodies[1], "POST /echo " + std::to_string(kSize));
  send_rest(3, 3 * part.size());
  read_to_end(*client, 3);
  EXPECT_EQ(bodies[3], "POST /echo " + std::to_string(kSize));
}

TEST_F(Http2StreamTest, BytesThatComeUnaskedAreBounded) {
  ServerOptions options;
  options.body_memory = 8 << 20;  // a sixteenth for what comes unasked, of it one address six windows
  serve(options);
  const auto client = begin();
  const std::string part(16 << 10, 'x');
  for (std::uint32_t stream = 1; stream < 41; stream += 2) {
    send(*client, frame(kHeaders, kEndHeaders, stream, head(true, "/echo", 3 << 20)));
    for (int i = 0; i < 3; ++i) send(*client, frame(kData, 0, stream, part));
  }
  // One has memory, some may wait; the others are told so at once.
  std::size_t refused = 0;
  while (refused < 11) {
    const Frame f = read_one(*client);
    ASSERT_NE(f.type, 255);
    refused += f.type == kReset;
  }
}

}  // namespace
}  // namespace millrace::net
