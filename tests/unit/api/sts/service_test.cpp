#include "tests/unit/api/iam/fixture.h"

namespace millrace::sts {
namespace {

class StsService : public IdentityTest {
 protected:
  StsService() {
    ann = new_user("ann");
    beth = new_user("beth");
    const std::string trust =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" +
        ann->identity->arn +
        R"("},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:ExternalId":"secret"}}}]})";
    call("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", trust}});
    call("CreateRole", {{"RoleName", "open"}, {"AssumeRolePolicyDocument", kTrustAll}});
  }
  static Parameters assume(const std::string& role) {
    return {{"RoleArn", "arn:aws:iam::111122223333:role/" + role}, {"RoleSessionName", "ss"}};
  }
  auth::KnownKeyPtr key_of(const std::string& answer) {
    return identities->find_key(element(answer, "AccessKeyId"), element(answer, "SessionToken"));
  }

  auth::KnownKeyPtr ann, beth;
};

TEST_F(StsService, WhoCallsIsTheIdentityOfTheKey) {
  const std::string answer = call("GetCallerIdentity", {}, ann);
  EXPECT_NE(answer.find("<GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ann</Arn><UserId>" +
                        ann->identity->id + "</UserId><Account>111122223333</Account>"),
            std::string::npos)
      << answer;
}

TEST_F(StsService, TheTrustPolicyDecides) {
  Parameters asked = assume("r");
  const std::string refused =
      "AccessDenied: User: arn:aws:iam::111122223333:user/ann is not authorized to perform: sts:AssumeRole "
      "on "
      "resource: arn:aws:iam::111122223333:role/r";
  EXPECT_EQ(call("AssumeRole", asked, ann), refused) << "without the external id";
  asked.emplace_back("ExternalId", "secret");
  const std::string answer = call("AssumeRole", asked, ann);
  const auth::KnownKeyPtr session = key_of(answer);
  ASSERT_TRUE(session) << answer;
  EXPECT_EQ(session->identity->arn, "arn:aws:sts::111122223333:assumed-role/r/ss");
  EXPECT_TRUE(
      call("AssumeRole", asked, beth).starts_with("AccessDenied: User: arn:aws:iam::111122223333:user/beth"));
  EXPECT_EQ(element(call("GetCallerIdentity", {}, session, element(answer, "SessionToken")), "Arn"),
            session->identity->arn);
  Parameters none = assume("none");
  EXPECT_EQ(call("AssumeRole", none, ann),
            "AccessDenied: User: arn:aws:iam::111122223333:user/ann is not authorized to perform: "
            "sts:AssumeRole on resource: arn:aws:iam::111122223333:role/none");
  EXPECT_EQ(call("AssumeRole", assume("open"), ann).substr(0, 19), "<AssumeRoleResponse");
}

TEST_F(StsService, ARootAssumesNoRole) {
  const auth::AccessKeyPtr made = run(identities->make_root_key());
  EXPECT_EQ(call("AssumeRole", assume("open"), identities->find_key(made->id, "")),
            "AccessDenied: Roles may not be assumed by root accounts.");
}

TEST_F(StsService, TagsNeedAPermissionAndGoOnIfTheyAreTransitive) {
  Parameters asked = assume("r");
  asked.insert(asked.end(), {{"ExternalId", "secret"},
                             {"Tags.member.1.Key", "team"},
                             {"Tags.member.1.Value", "a"},
                             {"Tags.member.2.Key", "own"},
                             {"Tags.member.2.Value", "b"},
                             {"TransitiveTagKeys.member.1", "team"}});
  const std::string first = call("AssumeRole", asked, ann);
  const auth::KnownKeyPtr session = key_of(first);
  ASSERT_TRUE(session) << first;
  EXPECT_EQ(session->identity->tags.size(), 2u);
  EXPECT_EQ(element(first, "PackedPolicySize"), "1");
  const std::string token = element(first, "SessionToken");
  const std::string second = call("AssumeRole", assume("open"), session, token);
  ASSERT_TRUE(key_of(second)) << second;
  EXPECT_EQ(key_of(second)->identity->tags, (std::map<std::string, std::string>{{"team", "a"}}));
  Parameters again = assume("open");
  again.insert(again.end(), {{"Tags.member.1.Key", "x"}, {"Tags.member.1.Value", "b"}});
  EXPECT_TRUE(call("AssumeRole", again, session, token).starts_with("AccessDenied")) << "no sts:TagSession";
  Parameters longer = assume("open");
  longer.emplace_back("DurationSeconds", "3601");
  EXPECT_TRUE(call("AssumeRole", longer, session, token).starts_with("ValidationError"));
}

TEST_F(StsService, SessionTokensAreOfUsersAndRoots) {
  const std::string answer = call("GetSessionToken", {}, ann);
  const auth::KnownKeyPtr session = key_of(answer);
  ASSERT_TRUE(session) << answer;
  EXPECT_EQ(session->identity->arn, ann->identity->arn);
  EXPECT_EQ(*session->expires - clock.now(), std::chrono::hours(12));
  EXPECT_EQ(call("GetSessionToken", {}, session, element(answer, "SessionToken")),
            "AccessDenied: Cannot call GetSessionToken with session credentials");
  EXPECT_EQ(key_of(call("GetSessionToken", {}))->identity->kind, auth::IdentityKind::root);
}

TEST_F(StsService, TooMuchDoesNotFitIntoASession) {
  Parameters asked = assume("open");
  std::string policy = kAllowKinesis;
  policy.insert(1, std::string(5000, ' '));
  asked.emplace_back("Policy", policy);
  EXPECT_TRUE(call("AssumeRole", asked).starts_with("PackedPolicyTooLarge"));
  Parameters broken = assume("open");
  broken.emplace_back("Policy", "{");
  EXPECT_TRUE(call("AssumeRole", broken).starts_with("MalformedPolicyDocument"));
}

}  // namespace
}  // namespace millrace::sts
