#include <gtest/gtest.h>

#include "api/core/error.h"
#include "api/core/json.h"
#include "api/lambda/permissions/permission_shapes.h"
#include "api/lambda/permissions/resource_policy.h"
#include "api/lambda/permissions/statement.h"

namespace millrace::lambda {
namespace {

constexpr const char* kArn = "arn:aws:lambda:us-east-1:000000000000:function:f";

Grant grant(std::string principal) {
  Grant g;
  g.sid = "s";
  g.action = "lambda:InvokeFunction";
  g.resource = kArn;
  g.principal = std::move(principal);
  return g;
}

std::string principal_of(const std::string& text, const char* region = "us-east-1") {
  return parse_json(statement_of(grant(text), region).text).at("Principal").dump();
}

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const ApiError& e) {
    return e.code() + ": " + e.message();
  }
  return "no error";
}

TEST(Statement, HasTheOrderAndTheFormOfAws) {
  EXPECT_EQ(statement_of(grant("s3.amazonaws.com"), "us-east-1").text,
            R"({"Sid":"s","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},)"
            R"("Action":"lambda:InvokeFunction",)"
            R"("Resource":"arn:aws:lambda:us-east-1:000000000000:function:f"})");
}

TEST(Statement, TakesEveryFormOfAPrincipal) {
  EXPECT_EQ(principal_of("*"), "\"*\"");
  EXPECT_EQ(principal_of("apidestinations.events.amazonaws.com"),
            R"({"Service":"apidestinations.events.amazonaws.com"})");
  EXPECT_EQ(principal_of("alexa-appkit.amazon.com"), R"({"Service":"alexa-appkit.amazon.com"})");
  EXPECT_EQ(principal_of("111122223333"), R"({"AWS":"arn:aws:iam::111122223333:root"})");
  EXPECT_EQ(principal_of("111122223333", "cn-north-1"), R"({"AWS":"arn:aws-cn:iam::111122223333:root"})");
  for (const std::string arn :
       {"arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/team/u",
        "arn:aws:iam::111122223333:role/r", "arn:aws:sts::111122223333:assumed-role/r/s"})
    EXPECT_EQ(principal_of(arn), R"({"AWS":")" + arn + "\"}");
}

TEST(Statement, OtherPrincipalsAreRefused) {
  for (const char* text :
       {"invalid.nonaws.com", ".amazonaws.com", "S3.amazonaws.com", "amazonaws.com", "11112222333", "nobody",
        "arn:aws:s3:::bucket", "arn:aws:iam::1:user/u", "arn:aws:iam::111122223333:user/*", "arn:aws:iam",
        "xyz:aws:iam::111122223333:root", "\"},\"Effect\":\"Deny.amazonaws.com"})
    EXPECT_EQ(error_of([&] { (void)statement_of(grant(text), "us-east-1"); }),
              "InvalidParameterValueException: The provided principal was invalid. Please check the "
              "principal and try again.")
        << text;
}

TEST(Statement, HasTheConditionsThatAreAskedFor) {
  Grant g = grant("*");
  g.source_arn = "arn:aws:s3:::b";
  g.source_account = "000000000000";
  g.event_source_token = "token";
  g.url_auth_type = "NONE";
  g.organization = "o-1234567890";
  g.by_url = true;
  const auto condition = parse_json(statement_of(g, "us-east-1").text).at("Condition");
  EXPECT_EQ(condition, parse_json(R"({"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
    "Bool": {"lambda:InvokedViaFunctionUrl": "true"},
    "StringEquals": {"AWS:SourceAccount": "000000000000", "lambda:EventSourceToken": "token",
      "lambda:FunctionUrlAuthType": "NONE", "aws:PrincipalOrgID": "o-1234567890"}})"));
}

TEST(Statement, IsJsonWhateverTheSourceHas) {
  Grant g = grant("*");
  g.source_arn = "arn:aws:s3:::\"\\\x01\xff";
  EXPECT_TRUE(is_json(statement_of(g, "us-east-1").text));
}

TEST(ResourcePolicy, StatementsAreAddedAndRemovedByTheirIds) {
  const ResourcePolicy none;
  EXPECT_TRUE(none.empty());
  const ResourcePolicy one = none.with({"a", R"({"Sid":"a"})"}), two = one.with({"b", R"({"Sid":"b"})"});
  EXPECT_EQ(two.document(),
            R"({"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"a"},{"Sid":"b"}]})");
  EXPECT_NE(one.revision(), two.revision());
  EXPECT_EQ(two.without("a").document(),
            R"({"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"b"}]})");
  EXPECT_TRUE(one.without("a").empty());
  EXPECT_EQ(error_of([&] {
              (void)one.with({"a", "{}"});
            }),
            "ResourceConflictException: The statement id (a) provided already exists. Please provide a new "
            "statement id, or remove the existing statement.");
  EXPECT_EQ(error_of([&] { (void)one.without("b"); }),
            "ResourceNotFoundException: Statement b is not found in resource policy.");
  EXPECT_EQ(error_of([&] { (void)none.without("b"); }),
            "ResourceNotFoundException: No policy is associated with the given resource.");
}

TEST(ResourcePolicy, HoldsTwentyKilobytes) {
  const std::size_t around = ResourcePolicy("r", {}).document().size();
  const std::string text(kMaxPolicyBytes - around, '1');
  EXPECT_EQ(ResourcePolicy().with({"a", text}).document().size(), kMaxPolicyBytes);
  EXPECT_EQ(error_of([&] {
              (void)ResourcePolicy().with({"a", text + "1"});
            }),
            "PolicyLengthExceededException: The final policy size (20481) is bigger than the limit (20480).");
}

TEST(ResourcePolicy, IsReadFromItsRow) {
  const ResourcePolicy policy = ResourcePolicy().with({"a", R"({"Sid":"a"})"}).with({"b", R"({"Sid":"b"})"});
  const ResourcePolicy read = resource_policy_of(row_of(policy));
  EXPECT_EQ(read.document(), policy.document());
  EXPECT_EQ(read.revision(), policy.revision());
  EXPECT_EQ(read.statements().size(), 2u);
  EXPECT_THROW((void)resource_policy_of(R"({"version": 2})"), std::runtime_error);
}

TEST(ResourcePolicy, ItsRevisionIsTheOneThatCounts) {
  const ResourcePolicy none, one = none.with({"a", "{}"});
  EXPECT_NO_THROW(check_revision(std::nullopt, one, "of the function", "GetPolicy"));
  EXPECT_NO_THROW(check_revision(one.revision(), one, "of the function", "GetPolicy"));
  EXPECT_NO_THROW(check_revision("of the function", none, "of the function", "GetPolicy"));
  EXPECT_EQ(error_of([&] { check_revision("of the function", one, "of the function", "GetPolicy"); }),
            "PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. "
            "Call the GetPolicy API to retrieve the latest Revision Id");
}

}  // namespace
}  // namespace millrace::lambda
