#include "api/kinesis/policy.h"

#include <gtest/gtest.h>

#include "api/core/error.h"

namespace millrace::kinesis {
namespace {

constexpr const char* kArn = "arn:aws:kinesis:us-east-1:111111111111:stream/s";

std::string policy(const std::string& statements) {
  return R"({"Version": "2012-10-17", "Statement": [)" + statements + "]}";
}
std::string statement(const std::string& effect, const std::string& principal, const std::string& action,
                      const std::string& resource = "\"*\"") {
  return R"({"Effect": ")" + effect + R"(", "Principal": )" + principal + R"(, "Action": )" + action +
         R"(, "Resource": )" + resource + "}";
}

Verdict judged(const std::string& text, const std::string& account = "222222222222",
               const std::string& action = "kinesis:GetRecords") {
  check_policy(text);
  return judge(text, account, action, kArn);
}

TEST(Policy, AllowsTheNamedAccountTheNamedActions) {
  const std::string p = policy(statement("Allow", R"({"AWS": "arn:aws:iam::222222222222:root"})",
                                         R"(["kinesis:Get*", "kinesis:putrecord"])"));
  EXPECT_EQ(judged(p), Verdict::allowed);
  EXPECT_EQ(judged(p, "222222222222", "kinesis:PutRecord"), Verdict::allowed);
  EXPECT_EQ(judged(p, "222222222222", "kinesis:PutRecords"), Verdict::silent);
  EXPECT_EQ(judged(p, "333333333333"), Verdict::silent);
}

TEST(Policy, TakesEveryFormOfAPrincipal) {
  EXPECT_EQ(judged(policy(statement("Allow", "\"*\"", "\"*\""))), Verdict::allowed);
  EXPECT_EQ(judged(policy(statement("Allow", R"({"AWS": "*"})", "\"*\""))), Verdict::allowed);
  EXPECT_EQ(judged(policy(statement("Allow", R"({"AWS": ["1", "222222222222"]})", "\"*\""))),
            Verdict::allowed);
  EXPECT_EQ(judged(policy(statement("Allow", R"({"Service": "x.amazonaws.com"})", "\"*\""))),
            Verdict::silent);
}

TEST(Policy, AUserOfAnAccountIsNotItsWhole) {
  const std::string user = R"({"AWS": "arn:aws:iam::222222222222:user/ann"})";
  EXPECT_EQ(judged(policy(statement("Allow", user, "\"*\""))), Verdict::silent);
  EXPECT_EQ(judged(policy(statement("Deny", user, "\"*\""))), Verdict::denied);
}

TEST(Policy, ADenyWins) {
  EXPECT_EQ(judged(policy(statement("Deny", "\"*\"", "\"kinesis:GetRecords\"") + "," +
                          statement("Allow", "\"*\"", "\"kinesis:*\""))),
            Verdict::denied);
}

TEST(Policy, TheResourceMustFit) {
  EXPECT_EQ(
      judged(policy(statement("Allow", "\"*\"", "\"*\"", R"("arn:aws:kinesis:*:111111111111:stream/?")"))),
      Verdict::allowed);
  EXPECT_EQ(
      judged(policy(statement("Allow", "\"*\"", "\"*\"", R"("arn:aws:kinesis:*:111111111111:stream/s/*")"))),
      Verdict::silent);
}

TEST(Policy, WhatCannotBeJudgedIsRefused) {
  for (const std::string& text :
       {std::string("no JSON"), std::string("[]"), std::string("{}"), policy(""), policy("1"),
        policy(statement("Maybe", "\"*\"", "\"*\"")), policy(statement("Allow", "1", "\"*\"")),
        policy(statement("Allow", "\"*\"", "[]")), policy(statement("Allow", "\"*\"", "[1]")),
        policy(R"({"Effect": "Allow", "Principal": "*", "Action": "*"})"),
        policy(R"({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {}})")})
    EXPECT_THROW(check_policy(text), ApiError) << text;
}

}  // namespace
}  // namespace millrace::kinesis
