#include "tests/unit/api/iam/fixture.h"

namespace millrace::iam {
namespace {

using IamService = IdentityTest;

TEST_F(IamService, AnswersAreInTheFormOfQuery) {
  const std::string made = call("CreateUser", {{"UserName", "ann"}, {"Path", "/x/"}});
  EXPECT_TRUE(made.starts_with(
      R"(<CreateUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateUserResult><User>)"
      "<Path>/x/</Path><UserName>ann</UserName><UserId>AIDA"))
      << made;
  EXPECT_TRUE(made.ends_with(
      "<Arn>arn:aws:iam::111122223333:user/x/ann</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate></User>"
      "</CreateUserResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></"
      "CreateUserResponse>"))
      << made;
  EXPECT_EQ(call("TagUser", {{"UserName", "ann"}, {"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", "v"}}),
            R"(<TagUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata>)"
            "<RequestId>id</RequestId></ResponseMetadata></TagUserResponse>");
}

TEST_F(IamService, DocumentsAreEncodedInAnswers) {
  call("CreateUser", {{"UserName", "ann"}});
  call("PutUserPolicy", {{"UserName", "ann"}, {"PolicyName", "p"}, {"PolicyDocument", kAllowKinesis}});
  const std::string got = call("GetUserPolicy", {{"UserName", "ann"}, {"PolicyName", "p"}});
  EXPECT_EQ(percent_decode(element(got, "PolicyDocument")), kAllowKinesis);
  EXPECT_EQ(element(got, "PolicyDocument").find_first_of("{\"* "), std::string::npos);
}

TEST_F(IamService, NamesThatDifferInCaseAreOne) {
  call("CreateRole", {{"RoleName", "Role"}, {"AssumeRolePolicyDocument", kTrustAll}});
  EXPECT_EQ(call("CreateRole", {{"RoleName", "role"}, {"AssumeRolePolicyDocument", kTrustAll}}),
            "EntityAlreadyExists: Role with name role already exists.");
  EXPECT_EQ(call("GetRole", {{"RoleName", "role"}}),
            "NoSuchEntity: The role with name role cannot be found.");
  EXPECT_EQ(call("DeleteRole", {{"RoleName", "role"}}),
            "NoSuchEntity: The role with name role cannot be found.");
}

TEST_F(IamService, AUserCanReadItself) {
  const auth::KnownKeyPtr ann = new_user("ann");
  EXPECT_EQ(element(call("GetUser", {}, ann), "UserName"), "ann");
  EXPECT_EQ(element(call("ListAccessKeys", {}, ann), "AccessKeyId"), ann->id);
  EXPECT_EQ(element(call("GetUser", {}), "Arn"), "arn:aws:iam::111122223333:root");
}

TEST_F(IamService, ASessionMustNameTheUser) {
  call("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", kTrustAll}});
  const auth::EntityPtr role = identities->role_of_arn("arn:aws:iam::111122223333:role/r");
  const auth::Credentials c = identities->issue(*role, std::chrono::hours(1), {.name = "s"});
  const auth::KnownKeyPtr session = identities->find_key(c.access_key, c.session_token);
  EXPECT_EQ(call("CreateAccessKey", {}, session),
            "ValidationError: Must specify userName when calling with non-User credentials");
}

TEST_F(IamService, QuotasCountWithoutWhiteSpace) {
  call("CreateUser", {{"UserName", "ann"}});
  const std::string spaced = std::string(5000, ' ') + kAllowKinesis;
  EXPECT_TRUE(call("PutUserPolicy", {{"UserName", "ann"}, {"PolicyName", "p"}, {"PolicyDocument", spaced}})
                  .starts_with("<PutUserPolicyResponse"));
  const std::string trust = std::string(3000, ' ') + kTrustAll;
  EXPECT_TRUE(call("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", trust}})
                  .starts_with("<CreateRoleResponse"));
}

TEST_F(IamService, PoliciesAreSimulated) {
  call("CreateUser", {{"UserName", "ann"}});
  call("PutUserPolicy", {{"UserName", "ann"}, {"PolicyName", "p"}, {"PolicyDocument", kAllowKinesis}});
  const std::string arn = "arn:aws:iam::111122223333:user/ann";
  const std::string simulated =
      call("SimulatePrincipalPolicy", {{"PolicySourceArn", arn},
                                       {"ActionNames.member.1", "kinesis:PutRecord"},
                                       {"ActionNames.member.2", "s3:GetObject"}});
  EXPECT_NE(
      simulated.find("<EvalActionName>kinesis:PutRecord</EvalActionName><EvalResourceName>*"
                     "</EvalResourceName><EvalDecision>allowed</EvalDecision><MatchedStatements><member>"
                     "<SourcePolicyId>user_ann_p</SourcePolicyId><SourcePolicyType>IAM Policy"
                     "</SourcePolicyType><StartPosition><Line>1</Line><Column>"),
      std::string::npos)
      << simulated;
  EXPECT_NE(simulated.find("<EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>*"
                           "</EvalResourceName><EvalDecision>implicitDeny</EvalDecision>"),
            std::string::npos)
      << simulated;
  const std::string page = call("SimulatePrincipalPolicy", {{"PolicySourceArn", arn},
                                                            {"ActionNames.member.1", "kinesis:PutRecord"},
                                                            {"ActionNames.member.2", "s3:GetObject"},
                                                            {"MaxItems", "1"}});
  EXPECT_EQ(element(page, "IsTruncated"), "true");
  EXPECT_EQ(page.find("s3:GetObject"), std::string::npos);
  EXPECT_EQ(call("SimulatePrincipalPolicy", {{"PolicySourceArn", "arn:aws:iam::111122223333:user/none"},
                                             {"ActionNames.member.1", "a:b"}}),
            "NoSuchEntity: The user with name none cannot be found.");
}

TEST_F(IamService, CustomPoliciesAreSimulatedInTheirContext) {
  const std::string document =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":)"
      R"({"Bool":{"aws:SecureTransport":"false"}}}})";
  const IdentityTest::Parameters asked{{"PolicyInputList.member.1", document},
                                       {"ActionNames.member.1", "s3:GetObject"}};
  const std::string without = call("SimulateCustomPolicy", asked);
  EXPECT_EQ(element(without, "EvalDecision"), "implicitDeny");
  EXPECT_EQ(element(without, "MissingContextValues"), "<member>aws:SecureTransport</member>");
  IdentityTest::Parameters with = asked;
  with.emplace_back("ContextEntries.member.1.ContextKeyName", "aws:SecureTransport");
  with.emplace_back("ContextEntries.member.1.ContextKeyValues.member.1", "false");
  with.emplace_back("ContextEntries.member.1.ContextKeyType", "boolean");
  EXPECT_EQ(element(call("SimulateCustomPolicy", with), "EvalDecision"), "explicitDeny");
  EXPECT_EQ(element(call("GetContextKeysForCustomPolicy", {asked[0]}), "ContextKeyNames"),
            "<member>aws:SecureTransport</member>");
}

TEST_F(IamService, HostileNamesAndNumbersAreRefused) {
  EXPECT_TRUE(call("CreateUser", {{"UserName", "a/../b"}}).starts_with("ValidationError"));
  EXPECT_TRUE(call("CreateUser", {{"UserName", "a"}, {"Path", "/\x01/"}}).starts_with("ValidationError"));
  EXPECT_TRUE(
      call("ListUsers", {{"MaxItems", "99999999999999999999"}}).starts_with("SerializationException"));
  EXPECT_TRUE(call("ListUsers", {{"Marker", "bm90IG91cnM="}}).starts_with("ValidationError"));
  EXPECT_TRUE(call("GetPolicy", {{"PolicyArn", std::string(30, 'x')}}).starts_with("ValidationError"));
  IdentityTest::Parameters many;
  for (int i = 1; i <= 101; ++i) {
    many.emplace_back("ActionNames.member." + std::to_string(i), "s3:GetObject");
    many.emplace_back("ResourceArns.member." + std::to_string(i), "*");
  }
  many.emplace_back("PolicyInputList.member.1", kAllowKinesis);
  EXPECT_TRUE(call("SimulateCustomPolicy", many).starts_with("InvalidInput"));
}

}  // namespace
}  // namespace millrace::iam
