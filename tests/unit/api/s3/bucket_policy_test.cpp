#include "api/s3/bucket_policy.h"

#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

std::string statement(const std::string& principal, const std::string& more = "") {
  return R"({"Effect":"Allow","Principal":)" + principal +
         R"(,"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*")" + more + "}";
}
std::string policy(const std::string& statements) {
  return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
}

std::string problem(const std::string& text) {
  try {
    (void)checked_bucket_policy(text, "b");
  } catch (const ApiError& e) {
    return e.code() + ": " + e.message();
  }
  return "";
}

TEST(BucketPolicy, IsKeptWithoutWhiteSpace) {
  EXPECT_EQ(checked_bucket_policy("{ \"Statement\" :\n " + statement("\"*\"") + " }", "b"),
            R"({"Statement":)" + statement("\"*\"") + "}");
}

TEST(BucketPolicy, MustBeAJsonObject) {
  for (const char* text :
       {"", "text", "[]", " {\"Statement\":[]}", "{\"Statement\":", "{}{}", "{\"a\":\"\xff\"}"})
    EXPECT_EQ(problem(text), "MalformedPolicy: Policies must be valid JSON and the first byte must be '{'")
        << text;
  EXPECT_NE(problem("{\"Statement\":" + std::string(100'000, '[')), "");
  EXPECT_NE(problem("{\"Statement\":" + std::string(2000, '[') + std::string(2000, ']') + "}"), "");
}

TEST(BucketPolicy, WhatIsMissingOrUnknownIsNamed) {
  EXPECT_EQ(problem("{}"), "MalformedPolicy: Missing required field Statement");
  EXPECT_EQ(problem(policy("")), "MalformedPolicy: Could not parse the policy: Statement is empty!");
  EXPECT_EQ(problem(R"({"Version":"2020-01-01","Statement":[]})"),
            "MalformedPolicy: The policy must contain a valid version string");
  EXPECT_EQ(problem(R"({"statement":[]})"), "MalformedPolicy: Unknown field statement");
  EXPECT_EQ(problem(policy(R"({"Principal":"*"})")), "MalformedPolicy: Missing required field Effect");
  EXPECT_EQ(problem(policy(R"({"Effect":"hello"})")), "MalformedPolicy: Invalid effect: hello");
  EXPECT_EQ(problem(policy(R"({"Effect":"Allow"})")), "MalformedPolicy: Missing required field Principal");
  EXPECT_EQ(problem(policy(R"({"Effect":"Allow","Principal":"*"})")),
            "MalformedPolicy: Missing required field Action");
  EXPECT_EQ(problem(policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:*"})")),
            "MalformedPolicy: Missing required field Resource");
  EXPECT_EQ(problem(policy(statement("\"*\"", R"(,"Extra":1)"))), "MalformedPolicy: Unknown field Extra");
  for (const char* text : {"1", "\"x\"", "null", "[]"})
    EXPECT_EQ(problem(policy(text)), "MalformedPolicy: Invalid policy syntax.") << text;
}

TEST(BucketPolicy, PrincipalsHaveOneOfTheFormsOfIam) {
  for (const char* good :
       {R"("*")", R"({"AWS":"*"})", R"({"AWS":["111122223333","arn:aws:iam::111122223333:user/u"]})",
        R"({"Service":"cloudtrail.amazonaws.com"})",
        R"({"AWS":"arn:aws:sts::111122223333:assumed-role/r/s"})", R"({"CanonicalUser":"0123"})",
        R"({"AWS":"111122223333","Service":"a.amazonaws.com"})"})
    EXPECT_EQ(problem(policy(statement(good))), "") << good;
  for (const char* bad : {R"("u")", "{}", "[]", "1", R"({"AWS":"user"})", R"({"AWS":[]})", R"({"AWS":[1]})",
                          R"({"Somebody":"*"})", R"({"AWS":"arn:aws:iam::111122223333:user/*"})"})
    EXPECT_EQ(problem(policy(statement(bad))), "MalformedPolicy: Invalid principal in policy") << bad;
}

TEST(BucketPolicy, ActionsAreOfS3AndResourcesOfTheBucket) {
  const auto with = [](const std::string& action, const std::string& resource) {
    return policy(R"({"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":)" + action +
                  R"(,"Resource":)" + resource + "}");
  };
  const std::string bucket = R"("arn:aws:s3:::b")", action = R"("s3:GetObject")";
  for (const std::string good : {"\"*\"", "\"S3:Get*\"", R"(["s3:GetObject","s3:PutObject"])"})
    EXPECT_EQ(problem(with(good, bucket)), "") << good;
  for (const std::string bad : {"\"s3:\"", "\"kinesis:PutRecord\"", "[]", "{}", "\"\""})
    EXPECT_EQ(problem(with(bad, bucket)), "MalformedPolicy: Policy has invalid action") << bad;
  for (const std::string good :
       {R"(["arn:aws:s3:::b","arn:aws:s3:::b/*"])", R"("arn:aws:s3:::b/${aws:username}/*")"})
    EXPECT_EQ(problem(with(action, good)), "") << good;
  for (const std::string bad : {"\"*\"", R"("arn:aws:s3:::c/*")", R"("arn:aws:s3:::bc")",
                                R"("arn:aws:s3:::*")", R"("b")", R"("arn:aws:sqs:::b")", "[]"})
    EXPECT_EQ(problem(with(action, bad)), "MalformedPolicy: Policy has invalid resource") << bad;
}

TEST(BucketPolicy, ConditionsHaveKnownOperators) {
  const auto with = [](const std::string& condition) {
    return problem(policy(statement("\"*\"", R"(,"Condition":)" + condition)));
  };
  for (
      const char* good :
      {R"({"StringEquals":{"aws:SourceVpce":"vpce-1"}})", R"({"Null":{"aws:SourceVpc":true}})",
       R"({"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a","b"]},"Bool":{"aws:SecureTransport":false}})"})
    EXPECT_EQ(with(good), "") << good;
  EXPECT_EQ(with(R"({"StringMaybe":{"a":"b"}})"), "MalformedPolicy: Invalid Condition type : StringMaybe");
  for (const char* bad : {"[]", "1", R"({"StringEquals":"a"})", R"({"StringEquals":{"a":{"b":1}}})",
                          R"({"StringEquals":{"a":[["b"]]}})", R"({"StringEquals":{}})"})
    EXPECT_EQ(with(bad), "MalformedPolicy: Invalid policy syntax.") << bad;
}

TEST(BucketPolicy, HoldsTwentyKilobytesWithoutWhiteSpace) {
  const std::string around = policy(statement("\"*\"", R"(,"Sid":"")"));
  const auto of_size = [&](std::size_t size) {
    return policy(statement("\"*\"", R"(,"Sid":")" + std::string(size - around.size(), 's') + "\""));
  };
  EXPECT_EQ(checked_bucket_policy(of_size(kMaxBucketPolicyBytes) + std::string(1000, ' '), "b").size(),
            kMaxBucketPolicyBytes);
  EXPECT_EQ(problem(of_size(kMaxBucketPolicyBytes + 1)),
            "PolicyTooLarge: Policy exceeds the maximum allowed document size.");
}

TEST(BucketPolicy, IsPublicWhenItLimitsNobody) {
  const auto is_public = [](const std::string& principal, const std::string& condition) {
    const std::string more = condition.empty() ? "" : R"(,"Condition":)" + condition;
    return is_public_policy(checked_bucket_policy(policy(statement(principal, more)), "b"));
  };
  for (const char* everyone : {R"("*")", R"({"AWS":"*"})", R"({"AWS":["111122223333","*"]})"}) {
    EXPECT_TRUE(is_public(everyone, "")) << everyone;
    EXPECT_FALSE(is_public(everyone, R"({"StringEquals":{"AWS:SourceVpce":["vpce-1","vpce-2"]}})"));
  }
  for (const char* few : {R"({"AWS":"111122223333"})", R"({"Service":"logs.amazonaws.com"})"})
    EXPECT_FALSE(is_public(few, "")) << few;
  for (const char* limit :
       {R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})", R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})",
        R"({"IpAddress":{"aws:SourceIp":"2001:db8::/32"}})", R"({"IpAddress":{"aws:SourceIp":"192.0.2.1"}})",
        R"({"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}})",
        R"({"Bool":{"aws:SecureTransport":"true"},"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::c"}})"})
    EXPECT_FALSE(is_public("\"*\"", limit)) << limit;
  for (const char* no_limit :
       {R"({"Bool":{"aws:SecureTransport":"true"}})", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}})",
        R"({"IpAddress":{"aws:SourceIp":["192.0.2.0/24","::/0"]}})",
        R"({"StringLike":{"aws:SourceVpc":"vpc-*"}})", R"({"StringLike":{"aws:userid":"${aws:username}"}})",
        R"({"StringNotEquals":{"aws:SourceVpc":"vpc-1"}})",
        R"({"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}})"})
    EXPECT_TRUE(is_public("\"*\"", no_limit)) << no_limit;
}

TEST(BucketPolicy, ADenyMakesNothingPublic) {
  const std::string deny = R"({"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"})";
  EXPECT_FALSE(is_public_policy(checked_bucket_policy(R"({"Statement":)" + deny + "}", "b")));
  EXPECT_TRUE(is_public_policy(checked_bucket_policy(policy(deny + "," + statement("\"*\"")), "b")));
}

}  // namespace
}  // namespace millrace::s3
