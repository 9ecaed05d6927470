#include "api/auth/policies/document.h"

#include <gtest/gtest.h>

namespace millrace::auth {

namespace {

std::string error_of(std::string_view json, PolicyKind kind = PolicyKind::identity) {
  try {
    (void)parse_policy(json, kind);
  } catch (const MalformedPolicy& e) {
    return e.what();
  }
  return "";
}

std::string with_statement(const std::string& members) {
  return R"({"Version":"2012-10-17","Statement":{)" + members + "}}";
}

// An identity policy whose statement has these members besides Effect, Action and Resource.
std::string with(const std::string& members) {
  return with_statement(R"("Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b",)" +
                        members);
}

std::string with_action(const std::string& action) {
  return with_statement(R"("Effect":"Allow","Resource":"*","Action":)" + action);
}

std::string with_resource(const std::string& resource) {
  return with_statement(R"("Effect":"Allow","Action":"s3:ListBucket","Resource":)" + resource);
}

constexpr const char* kSyntax = "Syntax errors in policy.";
constexpr const char* kLegacy = "The policy failed legacy parsing";

TEST(PolicyDocument, SyntaxOfIdentityPolicies) {
  const std::string good = R"("Effect":"Allow","Action":"s3:*","Resource":"*")";
  EXPECT_EQ(error_of(with_statement(good)), "");
  EXPECT_EQ(error_of(R"({"Statement":[{)" + good + "}]}"), "");
  EXPECT_EQ(error_of(R"({"Version":"2008-10-17","Id":"x","Statement":[{)" + good + "}]}"), "");
  for (const std::string& bad : {std::string("text"),
                                 std::string("[]"),
                                 std::string("{}"),
                                 std::string(""),
                                 std::string(R"({"Version":"2012-10-17"})"),
                                 R"({"Version":"2013-10-17","Statement":{)" + good + "}}",
                                 R"({"Version":1,"Statement":{)" + good + "}}",
                                 R"({"Id":[],"Statement":{)" + good + "}}",
                                 R"({"Comment":"","Statement":{)" + good + "}}",
                                 std::string(R"({"Statement":[]})"),
                                 std::string(R"({"Statement":["x"]})"),
                                 with_statement(R"("Action":"s3:*","Resource":"*")"),
                                 with_statement(R"("Effect":"Permit","Action":"s3:*","Resource":"*")"),
                                 with(R"("Extra":1)"),
                                 with(R"("Sid":[])"),
                                 with(R"("NotAction":"s3:x")"),
                                 with(R"("NotResource":[])"),
                                 with_action("{}"),
                                 with_action("[[]]"),
                                 with_resource(R"(["x",{}])"),
                                 with_resource("1")})
    EXPECT_EQ(error_of(bad), kSyntax) << bad;
  EXPECT_EQ(error_of(std::string(kMaxPolicyBytes, ' ') + "{}"), kSyntax);
  EXPECT_EQ(error_of(std::string(100'000, '[')), kSyntax);
}

TEST(PolicyDocument, SyntaxOfConditions) {
  for (const char* good :
       {"{}", R"({"StringEquals":{}})", R"({"NoOperator":{}})", R"({"Bool":{"a":true}})",
        R"({"NumericLessThan":{"a":10}})", R"({"ForAnyValue:StringNotLikeIfExists":{"a":["x","y"]}})",
        R"({"DateLessThan":{"a":"${aws:TokenIssueTime}"}})"})
    EXPECT_EQ(error_of(with("\"Condition\":" + std::string(good))), "") << good;
  for (const char* bad :
       {"[]", "\"a\"", R"({"a":"b"})", R"({"x":{"a":"1"}})", R"({"StringEquals":[]})",
        R"({"StringEquals":{"a":{}}})", R"({"StringEquals":{"a":[[]]}})", R"({"StringEquals":{"a":null}})",
        R"({"NullIfExists":{"a":"true"}})", R"({"ForAnyValue::StringEquals":{"a":"b"}})"})
    EXPECT_EQ(error_of(with("\"Condition\":" + std::string(bad))), kSyntax) << bad;
  for (const char* date : {"sdfdsf", "234-13", "9223372036854775808", "2016-12-13t2:00:00.5+1"})
    EXPECT_EQ(error_of(with(R"("Condition":{"DateLessThan":{"a":")" + std::string(date) + "\"}}")), kLegacy);
}

TEST(PolicyDocument, ActionsOfIdentityPolicies) {
  for (const char* good :
       {"\"*\"", "\"*:*\"", "\"s3:Get*\"", "\"execute-api:Invoke\"", "[\"s3:a\",\"S3:B\"]"})
    EXPECT_EQ(error_of(with_action(good)), "") << good;
  EXPECT_EQ(error_of(with_action("[]")), "Policy statement must contain actions.");
  EXPECT_EQ(error_of(with_statement(R"("Effect":"Allow")")), "Policy statement must contain actions.");
  EXPECT_EQ(error_of(with_action("\"invalid\"")),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  EXPECT_EQ(error_of(with_action("\"s3:a:b\"")), "Actions/Condition can contain only one colon.");
  EXPECT_EQ(error_of(with_action("\"a a:b\"")), "Vendor a a is not valid");
  EXPECT_EQ(error_of(with_action("\"*:Create\"")),
            "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.");
}

TEST(PolicyDocument, ResourcesOfIdentityPolicies) {
  for (const char* good :
       {"\"*\"", "[\"arn:aws:s3:::b\",null]", "\"arn:*:s3:::b\"", "\"arn:aws:iam::111122223333:user/*\"",
        "\"arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}\"", "\"arn:aws:iam::1:*\"",
        "\"arn:aws:s3:us-east-1:111122223333:accesspoint/a\"", "\"arn:aws:logs:*\""})
    EXPECT_EQ(error_of(with_resource(good)), "") << good;
  EXPECT_EQ(error_of(with_resource("[]")), "Policy statement must contain resources.");
  EXPECT_EQ(error_of(with_statement(R"("Effect":"Allow","Action":"s3:*")")),
            "Policy statement must contain resources.");
  EXPECT_EQ(error_of(with_resource("\"stream\"")), "Resource stream must be in ARN format or \"*\".");
  EXPECT_EQ(error_of(with_resource("\"a:b:c\"")),
            "Partition \"b\" is not valid for resource \"arn:b:c:*:*:*\".");
  EXPECT_EQ(error_of(with_resource("\"a:b:c:d:e:f:g:h\"")),
            "Partition \"b\" is not valid for resource \"arn:b:c:d:e:f:g:h\".");
  EXPECT_EQ(error_of(with_resource("\"arn:aws\"")),
            "Resource vendor must be fully qualified and cannot contain regexes.");
  EXPECT_EQ(error_of(with_resource("\"arn:aws:iam:us-east-1::user/u\"")),
            "IAM resource arn:aws:iam:us-east-1::user/u cannot contain region information.");
  EXPECT_EQ(error_of(with_resource("\"arn:aws:s3:us-east-1::b\"")),
            "Resource arn:aws:s3:us-east-1::b can not contain region information.");
  EXPECT_EQ(
      error_of(with_resource("\"arn:aws:iam:::u\"")),
      "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, "
      "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "
      "report/, access-report/.");
  EXPECT_EQ(error_of(with_resource("\"arn:aws:s3::b\"")), kLegacy);
  EXPECT_EQ(error_of(with_resource("\"arn:aws::::b\"")), kLegacy);
}

TEST(PolicyDocument, FurtherErrorsOfIdentityPolicies) {
  EXPECT_EQ(error_of(with_statement(R"("Effect":"denY","Action":"s3:*","Resource":"*")")), kLegacy);
  EXPECT_EQ(error_of(with(R"("Principal":"*")")), "Policy document should not specify a principal.");
  EXPECT_EQ(error_of(with(R"("NotPrincipal":"*")")), "Policy document should not specify a principal.");
  EXPECT_EQ(
      error_of(with(R"("Sid":"a b")")),
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
      "[0-9A-Za-z]*");
  const std::string statement = R"({"Sid":"x","Effect":"Deny","Action":"s3:*","Resource":"*"})";
  EXPECT_EQ(error_of(R"({"Statement":[)" + statement + "," + statement + "]}"),
            "Statement IDs (SID) in a single policy must be unique.");
  const auto old = parse_policy(R"({"Statement":)" + statement + "}", PolicyKind::identity);
  EXPECT_THROW(require_newest_version(*old), MalformedPolicy);
}

TEST(PolicyDocument, PoliciesOfResources) {
  const std::string good = R"("Effect":"Allow","Action":"kinesis:*","Resource":"*")";
  const auto error = [](const std::string& members) {
    return error_of(with_statement(members), PolicyKind::resource);
  };
  for (const char* principal :
       {"\"*\"", R"({"AWS":"*"})", R"({"AWS":["111122223333","arn:aws:iam::111122223333:user/u"]})",
        R"({"Service":"lambda.amazonaws.com"})", R"({"AWS":"AIDAAAAAAAAAAAAAAAAAA"})",
        R"({"AWS":"arn:aws-cn:sts::111122223333:assumed-role/r/s"})"})
    EXPECT_EQ(error(good + ",\"Principal\":" + principal), "") << principal;
  EXPECT_EQ(error(good), "Missing required field Principal");
  EXPECT_EQ(error(good + R"(,"Principal":"x")"), "Invalid principal in policy: \"x\"");
  EXPECT_EQ(error(good + R"(,"Principal":{"AWS":"bob"})"), "Invalid principal in policy: \"AWS\":\"bob\"");
  EXPECT_EQ(error(good + R"(,"Principal":{"AWS":"arn:aws:iam::1:user/*"})"),
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::1:user/*\"");
  EXPECT_EQ(error(good + R"(,"Principal":{"*":"*"})"), "Invalid principal in policy: \"*\"");
  EXPECT_EQ(error(good + R"(,"Principal":{"AWS":1})"), kSyntax);
  EXPECT_EQ(error(good + R"(,"Principal":"*","NotPrincipal":"*")"), kSyntax);
  EXPECT_EQ(error(good + R"(,"Principal":"*","X":1)"), "Unknown field X");
  EXPECT_EQ(error(R"("Action":"a:b","Resource":"*","Principal":"*")"), "Missing required field Effect");
  EXPECT_EQ(error(R"("Effect":"allow","Action":"a:b","Resource":"*","Principal":"*")"),
            "Invalid effect: allow");
  EXPECT_EQ(error(R"("Effect":"Deny","Resource":"*","Principal":"*")"), "Missing required field Action");
  EXPECT_EQ(error(R"("Effect":"Deny","Action":"a:b","Principal":"*")"), "Missing required field Resource");
  EXPECT_EQ(error_of("{}", PolicyKind::resource), "Missing required field Statement");
  EXPECT_EQ(error_of("x", PolicyKind::resource), "This policy contains invalid Json");
}

TEST(PolicyDocument, PoliciesOfTrust) {
  const std::string good = R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"})";
  const auto error = [](const std::string& members) {
    return error_of(with_statement(members), PolicyKind::trust);
  };
  EXPECT_EQ(error(good), "");
  EXPECT_EQ(error_of(with_statement(good) + ",", PolicyKind::trust), "This policy contains invalid Json");
  EXPECT_EQ(error(good + R"(,"Resource":"*")"), "Has prohibited field Resource");
  EXPECT_EQ(error(R"("Effect":"Allow","Action":"s3:*","Principal":"*")"),
            "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and "
            "sts:AssumeRoleWithWebIdentity");
  EXPECT_EQ(
      error(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":[]})"),
      "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy "
      "has a statement with no principals!");
  EXPECT_EQ(error(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":""})"),
            "Invalid principal in policy: \"SERVICE\":\"\"");
}

TEST(PolicyDocument, ContextKeys) {
  const auto policy = parse_policy(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*",
          "Resource":"arn:aws:s3:::b/${aws:username}","Condition":{
          "StringEquals":{"AWS:UserName":"x","s3:prefix":"${aws:userid, 'none'}"},"Bool":{"aws:SecureTransport":true}}}})",
      PolicyKind::identity);
  EXPECT_EQ(policy->context_keys(),
            (std::vector<std::string>{"aws:SecureTransport", "aws:userid", "AWS:UserName", "s3:prefix"}));
}

TEST(PolicyDocument, SizeWithoutWhiteSpace) {
  EXPECT_EQ(policy_size("{ \"a\" :\t\"b c\"\r\n}"), 10u);
  EXPECT_EQ(policy_size("\"\u00e9\""), 3u);
}

TEST(PolicyDocument, RangesOfStatements) {
  const std::string one = R"({"Sid":"a}\"","Effect":"Allow"})",
                    other = R"({"Effect":"Deny","Action":["s3:*"]})";
  const std::string list = R"({"Version":"2012-10-17", "Statement" : [ )" + one + " ,\n" + other + "]}";
  const auto ranges = statement_ranges(list);
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(list.substr(ranges[0].begin, ranges[0].end - ranges[0].begin), one);
  EXPECT_EQ(list.substr(ranges[1].begin, ranges[1].end - ranges[1].begin), other);
  const std::string single = "{\"Statement\":" + one + "}";
  ASSERT_EQ(statement_ranges(single).size(), 1u);
  EXPECT_EQ(single.substr(statement_ranges(single)[0].begin, one.size()), one);
  EXPECT_TRUE(statement_ranges("x").empty());
}

}  // namespace

}  // namespace millrace::auth
