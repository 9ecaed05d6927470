#include "api/core/event_stream.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(EventStream, AMessageWithoutHeadersAndPayloadIsAsTheSpecificationShowsIt) {
  // Smithy's test vector "empty_message".
  const unsigned char expected[] = {0, 0, 0, 0x10, 0, 0, 0, 0, 5, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff};
  EXPECT_EQ(encode_event(EventHeaders{}, ""),
            std::string(reinterpret_cast<const char*>(expected), sizeof expected));
}

TEST(EventStream, WhatIsEncodedIsTakenAgain) {
  const std::string first = encode_event("SubscribeToShardEvent", "application/json", R"({"a":1})");
  const std::string second = encode_exception("ResourceInUseException", "application/json", "{}");
  const std::string both = first + second;
  std::string_view bytes = both;
  const auto event = take_event(bytes);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->payload, R"({"a":1})");
  EXPECT_EQ(event->headers, (EventHeaders{{":message-type", "event"},
                                          {":event-type", "SubscribeToShardEvent"},
                                          {":content-type", "application/json"}}));
  EXPECT_EQ(take_event(bytes)->headers[1],
            (std::pair<std::string, std::string>{":exception-type", "ResourceInUseException"}));
  EXPECT_TRUE(bytes.empty());
}

TEST(EventStream, APartOfAMessageIsWaitedFor) {
  const std::string message = encode_event("t", "c", "payload");
  for (std::size_t size = 0; size < message.size(); ++size) {
    std::string_view bytes = std::string_view(message).substr(0, size);
    EXPECT_FALSE(take_event(bytes)) << size;
    EXPECT_EQ(bytes.size(), size);
  }
}

TEST(EventStream, AChangedByteIsNoticed) {
  const std::string message = encode_event("t", "c", "payload");
  for (std::size_t i = 0; i < message.size(); ++i) {
    std::string changed = message;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    std::string_view bytes = changed;
    EXPECT_THROW(static_cast<void>(take_event(bytes)), std::runtime_error) << i;
  }
}

}  // namespace
}  // namespace millrace
