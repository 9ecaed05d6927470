#include "api/core/cbor_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

using Type = CborReader::Type;

std::vector<std::string> members_of(const std::string& bytes) {
  std::vector<std::string> found;
  CborReader reader(bytes);
  const auto map = reader.next();
  const bool whole = reader.members(map, [&](std::string_view name) {
    const auto value = reader.next();
    found.push_back(std::string(name) + "=" + std::string(value.value));
    return value.type == Type::text || value.type == Type::bytes;
  });
  if (!whole) found.push_back("broken");
  if (!reader.at_end()) found.push_back("more");
  return found;
}

// RFC 8949, appendix A and the table of major types.
TEST(CborReaderTest, ReadsMapsOfKnownAndUnknownLength) {
  using Found = std::vector<std::string>;
  EXPECT_EQ(members_of("\xa2\x61"
                       "a\x61"
                       "x\x61"
                       "b\x42yz"),
            (Found{"a=x", "b=yz"}));
  EXPECT_EQ(members_of("\xbf\x61"
                       "a\x61"
                       "x\xff"),
            (Found{"a=x"}));
  EXPECT_EQ(members_of("\xa0"), Found{});
  EXPECT_EQ(members_of("\xa1\x61"
                       "a\x61"
                       "x!"),
            (Found{"a=x", "more"}));
  EXPECT_EQ(members_of("\xa1\x61"
                       "a\x7f\x61"
                       "x\xff")
                .back(),
            "more")
      << "a text in pieces is not read";
  EXPECT_EQ(members_of("\xa1\x61"
                       "a\x01"),
            (Found{"a=", "broken"}))
      << "a number";
  EXPECT_EQ(members_of("\xa2\x61"
                       "a\x61"
                       "x\xff"),
            (Found{"a=x", "broken"}))
      << "ends too early";
  EXPECT_EQ(members_of("\xbf\x61"
                       "a\x61"
                       "x"),
            (Found{"a=x", "broken"}))
      << "does not end";
  EXPECT_EQ(members_of("\xa1\x41"
                       "a\x61"
                       "x")
                .front(),
            "broken")
      << "a name that is no text";
  EXPECT_EQ(members_of(""), (Found{"broken"}));
}

TEST(CborReaderTest, ReadsLists) {
  for (const std::string bytes : {"\x82\x61"
                                  "a\x61"
                                  "b",
                                  "\x9f\x61"
                                  "a\x61"
                                  "b\xff"}) {
    CborReader reader(bytes);
    std::string found;
    EXPECT_TRUE(reader.elements(reader.next(), [&](const CborReader::Item& item) {
      found += item.value;
      return true;
    }));
    EXPECT_EQ(found, "ab");
    EXPECT_TRUE(reader.at_end());
  }
}

TEST(CborReaderTest, ALengthBeyondTheEndIsOther) {
  EXPECT_EQ(CborReader("\x5a\x7f\xff\xff\xff"
                       "x")
                .next()
                .type,
            Type::other);
  EXPECT_EQ(CborReader("\x62x").next().type, Type::other);
  EXPECT_EQ(CborReader(std::string_view("\xbb\0\0", 3)).next().type, Type::other);
}

}  // namespace
}  // namespace millrace
