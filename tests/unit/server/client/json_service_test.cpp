#include "server/client/json_service.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(JsonService, ReadsErrorsOfBothServices) {
  const ServiceError dynamodb = service_error_of(
      400,
      R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"not found"})");
  EXPECT_EQ(dynamodb.code(), "ResourceNotFoundException");
  EXPECT_STREQ(dynamodb.what(), "not found");
  const ServiceError kinesis =
      service_error_of(400, R"({"__type":"LimitExceededException","Message":"slow"})");
  EXPECT_EQ(kinesis.code(), "LimitExceededException");
  EXPECT_STREQ(kinesis.what(), "slow");
}

TEST(JsonService, ReadsWhatIsNoErrorOfAService) {
  const ServiceError page = service_error_of(502, "<html>" + std::string(1000, 'x'));
  EXPECT_EQ(page.code(), "");
  EXPECT_TRUE(std::string(page.what()).starts_with("status 502: <html>x"));
  EXPECT_LT(std::string(page.what()).size(), 250u);
  EXPECT_STREQ(service_error_of(500, R"({"__type":"InternalFailure"})").what(), "InternalFailure");
  EXPECT_STREQ(service_error_of(500, "[]").what(), "status 500: []");
}

}  // namespace
}  // namespace millrace
