#include "api/auth/identities/identities.h"

#include "api/auth/identities/aws_policies.h"
#include "api/auth/identities/unique_id.h"
#include "api/auth/policies/evaluation.h"
#include "tests/unit/api/iam/fixture.h"

namespace millrace::auth {
namespace {

class Identities : public IdentityTest {
 protected:
  bool allows(const PolicySetPtr& policies, const Identity& who, const char* action) {
    const Context context;
    return decide({action, "*", "", who, context}, *policies, {}, ResourceRule::either).allowed();
  }
  bool allows(const KnownKeyPtr& key, const char* action) {
    return allows(identities->policies_of(*key), *key->identity, action);
  }
};

TEST_F(Identities, AccessKeysAreKnownUntilTheyOrTheirUsersAreDeleted) {
  const KnownKeyPtr key = new_user("ann");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->secret.size(), 40u);
  EXPECT_EQ(key->identity->arn, "arn:aws:iam::111122223333:user/ann");
  EXPECT_EQ(key->identity->kind, IdentityKind::user);
  EXPECT_TRUE(key->active);
  EXPECT_EQ(identities->find_key(key->id, ""), key) << "cached";
  EXPECT_FALSE(identities->find_key(key->id, "token"));
  EXPECT_FALSE(identities->find_key("AKIAIOSFODNN7EXAMPLE", ""));
  call("UpdateAccessKey", {{"UserName", "ann"}, {"AccessKeyId", key->id}, {"Status", "Inactive"}});
  EXPECT_FALSE(identities->find_key(key->id, "")->active);
  call("DeleteAccessKey", {{"UserName", "ann"}, {"AccessKeyId", key->id}});
  EXPECT_FALSE(identities->find_key(key->id, ""));
}

TEST_F(Identities, SecretsAreSealedOnDiskAndSurviveARestart) {
  const KnownKeyPtr key = new_user("ann");
  for (const storage::Row& row : *engine().catalog().scan("i/", "", 100))
    EXPECT_EQ(row.value.find(key->secret), std::string::npos) << row.key;
  start();
  ASSERT_TRUE(identities->find_key(key->id, ""));
  EXPECT_EQ(identities->find_key(key->id, "")->secret, key->secret);
  IdentityOptions other;
  other.master_key[0] = 1;
  EXPECT_THROW(start(other), WrongMasterKey);
  start();
  EXPECT_TRUE(identities->find_key(key->id, "")) << "nothing was changed";
}

TEST_F(Identities, TheFirstRootsKeyIsGivenOrMadeOnce) {
  const AccessKeyPtr made = run(identities->make_root_key());
  ASSERT_TRUE(made);
  const KnownKeyPtr known = identities->find_key(made->id, "");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->identity->kind, IdentityKind::root);
  EXPECT_EQ(known->identity->arn, "arn:aws:iam::111122223333:root");
  EXPECT_EQ(known->identity->id, kAccount);
  EXPECT_FALSE(run(identities->make_root_key())) << "there is one";
  start();
  EXPECT_FALSE(run(identities->make_root_key()));
  IdentityOptions options;
  options.access_key = "AKIAROOT000000000000";
  options.secret = "secret";
  start(options);
  EXPECT_FALSE(run(identities->make_root_key()));
  EXPECT_EQ(identities->find_key("AKIAROOT000000000000", "")->secret, "secret");
  options.secret = "";
  EXPECT_THROW(start(options), std::invalid_argument);
}

TEST_F(Identities, PoliciesFollowTheirRows) {
  const KnownKeyPtr key = new_user("ann");
  EXPECT_FALSE(allows(key, "kinesis:PutRecord"));
  call("PutUserPolicy", {{"UserName", "ann"}, {"PolicyName", "p"}, {"PolicyDocument", kAllowKinesis}});
  EXPECT_TRUE(allows(key, "kinesis:PutRecord"));
  EXPECT_EQ(identities->policies_of(*key), identities->policies_of(*key)) << "cached";
  call("DeleteUserPolicy", {{"UserName", "ann"}, {"PolicyName", "p"}});
  EXPECT_FALSE(allows(key, "kinesis:PutRecord"));

  call("CreateGroup", {{"GroupName", "g"}});
  call("AttachGroupPolicy",
       {{"GroupName", "g"}, {"PolicyArn", "arn:aws:iam::aws:policy/AmazonKinesisReadOnlyAccess"}});
  call("AddUserToGroup", {{"GroupName", "g"}, {"UserName", "ann"}});
  EXPECT_TRUE(allows(key, "kinesis:GetRecords"));
  EXPECT_FALSE(allows(key, "kinesis:PutRecord"));
  call("PutUserPermissionsBoundary",
       {{"UserName", "ann"}, {"PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonS3FullAccess"}});
  EXPECT_FALSE(allows(key, "kinesis:GetRecords"));
  call("DeleteUserPermissionsBoundary", {{"UserName", "ann"}});
  call("RemoveUserFromGroup", {{"GroupName", "g"}, {"UserName", "ann"}});
  EXPECT_FALSE(allows(key, "kinesis:GetRecords"));
}

TEST_F(Identities, APolicyOfTheSameNameIsAnotherOne) {
  const KnownKeyPtr key = new_user("ann");
  const std::string arn =
      element(call("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", kAllowKinesis}}), "Arn");
  call("AttachUserPolicy", {{"UserName", "ann"}, {"PolicyArn", arn}});
  EXPECT_TRUE(allows(key, "kinesis:PutRecord"));
  // As if the policy was deleted while it was being attached.
  const auto read = identities->store().policy(kAccount, "p");
  ManagedPolicy other = *read.row;
  other.id = "ANPAOTHER";
  RowChanges changes;
  changes.put(identities->store().managed_policies(), policy_key(kAccount, "p"),
              std::make_shared<const ManagedPolicy>(other), read.version);
  ASSERT_TRUE(run(changes.write(engine().catalog())));
  EXPECT_FALSE(allows(key, "kinesis:PutRecord"));
}

TEST_F(Identities, WhatCannotBeReadDeniesAll) {
  const KnownKeyPtr key = new_user("ann");
  const std::string arn =
      element(call("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", kAllowKinesis}}), "Arn");
  call("AttachUserPolicy", {{"UserName", "ann"}, {"PolicyArn", arn}});
  call("PutUserPolicy", {{"UserName", "ann"}, {"PolicyName", "i"}, {"PolicyDocument", kAllowKinesis}});
  EXPECT_TRUE(allows(key, "kinesis:PutRecord"));
  storage::CatalogBatch batch;
  batch.put("i/p/111122223333/p", "no row");
  ASSERT_TRUE(run(engine().catalog().write(std::move(batch))));
  EXPECT_FALSE(allows(key, "kinesis:PutRecord"));
}

TEST_F(Identities, SessionsNeedNoRow) {
  call("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", kTrustAll}, {"Path", "/x/"}});
  call("PutRolePolicy", {{"RoleName", "r"}, {"PolicyName", "p"}, {"PolicyDocument", kAllowKinesis}});
  const EntityPtr role = identities->role_of_arn("arn:aws:iam::111122223333:role/x/r");
  ASSERT_TRUE(role);
  EXPECT_FALSE(identities->role_of_arn("arn:aws:iam::111122223333:role/r"));
  const Credentials credentials =
      identities->issue(*role, std::chrono::hours(1), {.name = "s", .tags = {{"team", "a"}}});
  start();
  const KnownKeyPtr key = identities->find_key(credentials.access_key, credentials.session_token);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->secret, credentials.secret);
  EXPECT_EQ(*key->expires, clock.now() + std::chrono::hours(1));
  EXPECT_EQ(key->identity->kind, IdentityKind::assumed_role);
  EXPECT_EQ(key->identity->arn, "arn:aws:sts::111122223333:assumed-role/r/s");
  EXPECT_EQ(key->identity->role_arn, "arn:aws:iam::111122223333:role/x/r");
  EXPECT_EQ(key->identity->id, role->id + ":s");
  EXPECT_EQ(key->identity->tags.at("team"), "a");
  EXPECT_TRUE(allows(key, "kinesis:PutRecord"));

  EXPECT_FALSE(identities->find_key(credentials.access_key, "")) << "the token is missing";
  EXPECT_FALSE(identities->find_key("ASIAIOSFODNN7EXAMPLE", credentials.session_token));
  std::string other = credentials.session_token;
  other[other.size() / 2] = other[other.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(identities->find_key(credentials.access_key, other));
  EXPECT_FALSE(identities->find_key(credentials.access_key, std::string(100'000, 'A')));
  call("DeleteRolePolicy", {{"RoleName", "r"}, {"PolicyName", "p"}});
  EXPECT_FALSE(allows(key, "kinesis:PutRecord"));
  call("DeleteRole", {{"RoleName", "r"}});
  EXPECT_FALSE(identities->find_key(credentials.access_key, credentials.session_token));
  EXPECT_FALSE(allows(key, "kinesis:PutRecord"));
}

TEST_F(Identities, SessionPoliciesRestrict) {
  call("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", kTrustAll}});
  call("AttachRolePolicy",
       {{"RoleName", "r"}, {"PolicyArn", "arn:aws:iam::aws:policy/AmazonKinesisReadOnlyAccess"}});
  const EntityPtr role = identities->role_of_arn("arn:aws:iam::111122223333:role/r");
  const auto session = [&](SessionSettings settings) {
    settings.name = "s";
    const Credentials c = identities->issue(*role, std::chrono::hours(1), std::move(settings));
    return identities->find_key(c.access_key, c.session_token);
  };
  EXPECT_TRUE(allows(session({}), "kinesis:GetRecords"));
  const KnownKeyPtr restricted = session({.policy = kAllowKinesis});
  EXPECT_TRUE(allows(restricted, "kinesis:GetRecords"));
  EXPECT_FALSE(allows(restricted, "kinesis:PutRecord"));
  const ManagedPolicyPtr s3 = aws_policy("AmazonS3FullAccess");
  const KnownKeyPtr elsewhere = session({.policies = {{s3->arn("aws"), s3->id}}});
  EXPECT_FALSE(allows(elsewhere, "kinesis:GetRecords"));
  EXPECT_EQ(identities->policies_of(*elsewhere), identities->policies_of(*elsewhere)) << "cached";
}

TEST_F(Identities, ARenamedUserStaysTheSame) {
  const KnownKeyPtr key = new_user("ann");
  call("PutUserPolicy", {{"UserName", "ann"}, {"PolicyName", "p"}, {"PolicyDocument", kAllowKinesis}});
  call("UpdateUser", {{"UserName", "ann"}, {"NewUserName", "beth"}, {"NewPath", "/x/"}});
  const KnownKeyPtr renamed = identities->find_key(key->id, "");
  ASSERT_TRUE(renamed);
  EXPECT_EQ(renamed->identity->arn, "arn:aws:iam::111122223333:user/x/beth");
  EXPECT_TRUE(allows(renamed, "kinesis:PutRecord"));
  EXPECT_EQ(identities->store().count(EntityKind::user, kAccount), 1u);
}

TEST_F(Identities, ThePoliciesOfAwsAreValidAndInOrder) {
  std::string before;
  for (const ManagedPolicyPtr& policy : aws_policies()) {
    EXPECT_LT(before, lower_case(policy->name));
    before = lower_case(policy->name);
    EXPECT_NO_THROW((void)parse_policy(policy->document(), PolicyKind::identity)) << policy->name;
    EXPECT_EQ(aws_policy(policy->name), policy);
    EXPECT_EQ(policy->id, derived_unique_id("ANPA", policy->name));
    EXPECT_EQ(identities->policy_of_arn(policy->arn("aws")), policy);
  }
  EXPECT_FALSE(aws_policy("administratoraccess"));
  EXPECT_FALSE(identities->policy_of_arn("arn:aws:iam::aws:policy/x/AdministratorAccess"));
}

TEST(PolicyNames, AreOutOfArns) {
  const auto named = policy_of_arn("arn:aws:iam::111122223333:policy/a/b/p");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->account + named->path + named->name, "111122223333/a/b/p");
  for (const char* text : {"", "p", "arn:aws:iam::111122223333:policy/", "arn:aws:iam::111122223333:role/p",
                           "arn:aws:iam:us-east-1:111122223333:policy/p", "arn:aws:s3:::policy/p",
                           "arn:aws:iam:::policy/p", "arn:aws:iam::1:policy:p", "x:aws:iam::1:policy/p"})
    EXPECT_FALSE(policy_of_arn(text)) << text;
}

TEST(Rows, AreReadAsTheyWereWritten) {
  Entity e;
  e.kind = EntityKind::role;
  e.account = kAccount;
  e.name = "R";
  e.path = "/x/";
  e.id = "AROA";
  e.created = Time(std::chrono::milliseconds(5));
  e.tags = {{"k", "\u00fc"}};
  e.inline_policies = {{"p", "{}"}};
  e.attached = {{"arn", "id"}};
  e.boundary = PolicyReference{"b", "c"};
  e.groups = {"g"};
  e.trust = "t";
  e.description = "d";
  e.max_session = std::chrono::seconds(7200);
  const Entity read = entity_of_row(row_of(e));
  EXPECT_EQ(row_of(read), row_of(e));
  EXPECT_EQ(read.max_session, e.max_session);
  EXPECT_EQ(read.boundary, e.boundary);
  for (const char* row : {"", "{}", R"({"version":2})", R"({"version":1,"type":"alien"})"})
    EXPECT_ANY_THROW((void)entity_of_row(row)) << row;
  EXPECT_ANY_THROW((void)policy_of_row(
      R"({"version":1,"account":"1","name":"p","path":"/","id":"i","created_ms":0,"updated_ms":0,"default":2,"next":3,"versions":[{"number":1,"document":"{}","created_ms":0}]})"))
      << "no default version";
}

}  // namespace
}  // namespace millrace::auth
