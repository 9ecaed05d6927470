#include "api/core/digest.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Digests, AreHexAndBack) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(unhex("00ff10"), std::string("\0\xff\x10", 3));
  EXPECT_EQ(unhex("0"), std::nullopt);
  EXPECT_EQ(unhex("0G"), std::nullopt);
}

}  // namespace
}  // namespace millrace
