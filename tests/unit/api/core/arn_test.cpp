#include "api/core/arn.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Arn, HasThePartitionOfItsRegion) {
  for (const auto& [region, partition] :
       {std::pair("us-east-1", "aws"), std::pair("eu-central-1", "aws"),
        std::pair("cn-northwest-1", "aws-cn"), std::pair("us-gov-east-1", "aws-us-gov"),
        std::pair("us-iso-west-1", "aws-iso"), std::pair("us-isob-east-1", "aws-iso-b"),
        std::pair("eu-isoe-west-1", "aws-iso-e"), std::pair("us-isof-south-1", "aws-iso-f"),
        std::pair("eusc-de-east-1", "aws-eusc"), std::pair("home", "aws")})
    EXPECT_EQ(arn_of("s", region, "1", "r/x"), std::string("arn:") + partition + ":s:" + region + ":1:r/x");
}

}  // namespace
}  // namespace millrace
