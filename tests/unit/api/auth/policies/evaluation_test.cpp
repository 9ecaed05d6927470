#include "api/auth/policies/evaluation.h"

#include <gtest/gtest.h>

namespace millrace::auth {

namespace {

using Outcome = Decision::Outcome;
using Source = Decision::Source;

constexpr const char* kAccount = "111122223333";
constexpr const char* kOther = "444455556666";
constexpr const char* kStream = "arn:aws:kinesis:us-east-1:111122223333:stream/s";

Identity root() {
  return {.kind = IdentityKind::root,
          .account = kAccount,
          .arn = "arn:aws:iam::111122223333:root",
          .id = kAccount};
}
Identity user() {
  return {.kind = IdentityKind::user,
          .account = kAccount,
          .arn = "arn:aws:iam::111122223333:user/u",
          .id = "AIDAAAAAAAAAAAAAAAAAA",
          .name = "u",
          .tags = {{"Team", "blue"}}};
}
Identity session() {
  return {.kind = IdentityKind::assumed_role,
          .account = kAccount,
          .arn = "arn:aws:sts::111122223333:assumed-role/r/s",
          .id = "AROAAAAAAAAAAAAAAAAAA:s",
          .name = "r",
          .role_arn = "arn:aws:iam::111122223333:role/path/r",
          .session_name = "s",
          .issued = Time()};
}
Identity service() { return {.kind = IdentityKind::service, .name = "lambda.amazonaws.com"}; }

std::string statement(const std::string& effect, const std::string& members = "") {
  const std::string action =
      members.find("Action") == std::string::npos ? R"(,"Action":"kinesis:PutRecord")" : "";
  const std::string resource = members.find("Resource") == std::string::npos ? R"(,"Resource":"*")" : "";
  return R"({"Effect":")" + effect + "\"" + action + resource + (members.empty() ? "" : "," + members) + "}";
}
std::string allow(const std::string& members = "") { return statement("Allow", members); }
std::string deny(const std::string& members = "") { return statement("Deny", members); }
std::string for_principal(const std::string& principal) { return "\"Principal\":" + principal; }

PolicyPtr policy(PolicyKind kind, const std::string& statements) {
  return parse_policy(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}", kind);
}

// What applies to a request; each text is a list of statements, and empty: there is no such policy.
struct Setup {
  Identity caller = user();
  std::string identity, resource, boundary, session, account;
  ResourceRule rule = ResourceRule::either;
  std::string action = "kinesis:PutRecord", arn = kStream;
};

struct Answer {
  Decision decision;
  std::string text;
};

Answer ask(const Setup& setup) {
  PolicySet set;
  std::vector<PolicyPtr> of_resource;
  if (!setup.identity.empty()) set.identity = {policy(PolicyKind::identity, setup.identity)};
  if (!setup.boundary.empty()) set.boundary = policy(PolicyKind::identity, setup.boundary);
  set.has_session_policies = !setup.session.empty();
  if (set.has_session_policies) set.session = {policy(PolicyKind::identity, setup.session)};
  const bool trust = setup.rule == ResourceRule::trust;
  if (!setup.resource.empty())
    of_resource = {policy(trust ? PolicyKind::trust : PolicyKind::resource, setup.resource)};
  Context context;
  context.add("aws:SourceIp", "10.1.2.3");
  const AccessRequest request{setup.action, setup.arn, setup.account, setup.caller, context};
  const Decision decision = decide(request, set, of_resource, setup.rule);
  return {decision, denial_text(request, decision)};
}

void expect(const Setup& setup, Outcome outcome, Source source = Source::none) {
  const Decision decision = ask(setup).decision;
  EXPECT_EQ(decision.outcome, outcome);
  EXPECT_EQ(decision.source, source);
}

TEST(PolicyDecision, IdentityPolicies) {
  expect({}, Outcome::implicit_deny, Source::identity);
  expect({.identity = allow()}, Outcome::allowed);
  expect({.identity = allow(R"("Action":"KINESIS:put*")")}, Outcome::allowed);
  expect({.identity = allow(R"("Action":["kinesis:Get*","s3:*"])")}, Outcome::implicit_deny,
         Source::identity);
  expect({.identity = allow(R"("NotAction":"kinesis:Put*")")}, Outcome::implicit_deny, Source::identity);
  expect({.identity = allow(R"("NotAction":"kinesis:Get*")")}, Outcome::allowed);
  expect({.identity = allow(R"("Resource":"arn:aws:kinesis:*:111122223333:stream/s")")}, Outcome::allowed);
  expect({.identity = allow(R"("Resource":"arn:aws:kinesis:*:111122223333:stream/S")")},
         Outcome::implicit_deny, Source::identity);
  expect({.identity = allow(R"("NotResource":"arn:aws:kinesis:*:*:stream/s")")}, Outcome::implicit_deny,
         Source::identity);
  expect({.identity = allow() + "," + deny()}, Outcome::explicit_deny, Source::identity);
  expect({.identity = allow() + "," + deny(R"("Resource":"arn:aws:kinesis:*:*:stream/other")")},
         Outcome::allowed);
}

TEST(PolicyDecision, ConditionsAndVariables) {
  expect({.identity = allow(R"("Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})")}, Outcome::allowed);
  expect({.identity = allow(R"("Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},
                                            "StringEquals":{"aws:PrincipalTag/team":"red"}})")},
         Outcome::implicit_deny, Source::identity);
  expect({.identity = allow() + "," + deny(R"("Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}})")},
         Outcome::explicit_deny, Source::identity);
  const std::string own = allow(R"("Resource":"arn:aws:kinesis:*:*:stream/${aws:username}")");
  expect({.identity = own, .arn = "arn:aws:kinesis:us-east-1:111122223333:stream/u"}, Outcome::allowed);
  expect({.identity = own}, Outcome::implicit_deny, Source::identity);
  expect({.caller = session(), .identity = own}, Outcome::implicit_deny, Source::identity);
  const std::string others = R"("NotResource":"arn:aws:kinesis:*:*:stream/${aws:username}")";
  expect({.identity = allow(others)}, Outcome::allowed);
  expect({.caller = session(), .identity = allow(others)}, Outcome::implicit_deny, Source::identity);
  expect({.caller = session(), .identity = allow() + "," + deny(others)}, Outcome::explicit_deny,
         Source::identity);
}

TEST(PolicyDecision, BoundariesAndSessionPolicies) {
  const std::string other = allow(R"("Action":"s3:*")");
  expect({.identity = allow(), .boundary = allow()}, Outcome::allowed);
  expect({.identity = allow(), .boundary = other}, Outcome::implicit_deny, Source::boundary);
  expect({.boundary = allow()}, Outcome::implicit_deny, Source::identity);
  expect({.identity = allow(), .boundary = deny()}, Outcome::explicit_deny, Source::boundary);
  expect({.caller = session(), .identity = allow(), .session = allow()}, Outcome::allowed);
  expect({.caller = session(), .identity = allow(), .session = other}, Outcome::implicit_deny,
         Source::session);
  expect({.caller = session(), .identity = allow(), .session = allow() + "," + deny()},
         Outcome::explicit_deny, Source::session);
  expect({.caller = session(), .session = allow()}, Outcome::implicit_deny, Source::identity);
}

TEST(PolicyDecision, ResourcePoliciesInTheAccount) {
  const std::string by_user = allow(for_principal(R"({"AWS":"arn:aws:iam::111122223333:user/u"})"));
  const std::string by_id = allow(for_principal(R"({"AWS":"AIDAAAAAAAAAAAAAAAAAA"})"));
  const std::string by_account = allow(for_principal(R"({"AWS":"111122223333"})"));
  const std::string by_root = allow(for_principal(R"({"AWS":"arn:aws:iam::111122223333:root"})"));
  const std::string by_all = allow(for_principal("\"*\""));
  const std::string nothing = allow(R"("Action":"s3:*")");
  for (const std::string& enough : {by_user, by_id, by_all}) {
    expect({.resource = enough}, Outcome::allowed);
    expect({.resource = enough, .boundary = nothing}, Outcome::allowed);
    expect({.identity = deny(), .resource = enough}, Outcome::explicit_deny, Source::identity);
  }
  for (const std::string& delegated : {by_account, by_root}) {
    expect({.resource = delegated}, Outcome::implicit_deny, Source::identity);
    expect({.identity = allow(), .resource = delegated}, Outcome::allowed);
  }
  expect({.identity = allow(), .resource = deny(for_principal(R"({"AWS":"111122223333"})"))},
         Outcome::explicit_deny, Source::resource);
  expect({.resource = allow(for_principal(R"({"AWS":"arn:aws:iam::111122223333:user/v"})"))},
         Outcome::implicit_deny, Source::identity);
}

TEST(PolicyDecision, ResourcePoliciesForRoles) {
  const std::string by_role = allow(for_principal(R"({"AWS":"arn:aws:iam::111122223333:role/path/r"})"));
  const std::string by_id = allow(for_principal(R"({"AWS":"AROAAAAAAAAAAAAAAAAAA"})"));
  const std::string by_session =
      allow(for_principal(R"({"AWS":"arn:aws:sts::111122223333:assumed-role/r/s"})"));
  const std::string nothing = allow(R"("Action":"s3:*")");
  for (const std::string& role : {by_role, by_id}) {
    expect({.caller = session(), .resource = role}, Outcome::allowed);
    expect({.caller = session(), .resource = role, .boundary = nothing}, Outcome::implicit_deny,
           Source::boundary);
    expect({.caller = session(), .resource = role, .session = nothing}, Outcome::implicit_deny,
           Source::session);
  }
  expect({.caller = session(), .resource = by_session, .boundary = nothing, .session = nothing},
         Outcome::allowed);
  expect({.caller = session(),
          .identity = allow(),
          .resource = deny(for_principal(R"({"AWS":"arn:aws:iam::111122223333:role/path/r"})"))},
         Outcome::explicit_deny, Source::resource);
}

TEST(PolicyDecision, CrossAccount) {
  const std::string by_account = allow(for_principal(R"({"AWS":"111122223333"})"));
  const std::string by_user = allow(for_principal(R"({"AWS":"arn:aws:iam::111122223333:user/u"})"));
  for (const std::string& resource : {by_account, by_user}) {
    expect({.identity = allow(), .resource = resource, .account = kOther}, Outcome::allowed);
    expect({.resource = resource, .account = kOther}, Outcome::implicit_deny, Source::identity);
    expect({.identity = allow(),
            .resource = resource,
            .boundary = allow(R"("Action":"s3:*")"),
            .account = kOther},
           Outcome::implicit_deny, Source::boundary);
  }
  expect({.identity = allow(), .account = kOther}, Outcome::implicit_deny, Source::resource);
  expect({.caller = root(), .account = kOther}, Outcome::implicit_deny, Source::resource);
  expect({.caller = root(), .resource = by_account, .account = kOther}, Outcome::allowed);
}

TEST(PolicyDecision, RootServicesAndAnonymousCallers) {
  expect({.caller = root()}, Outcome::allowed);
  expect({.caller = root(), .resource = deny(for_principal("\"*\""))}, Outcome::explicit_deny,
         Source::resource);
  expect({.caller = root(), .resource = deny(for_principal(R"({"AWS":"arn:aws:iam::111122223333:user/u"})"))},
         Outcome::allowed);
  const std::string by_service = allow(for_principal(R"({"Service":"lambda.amazonaws.com"})"));
  expect({.caller = service(), .resource = by_service, .account = kAccount}, Outcome::allowed);
  expect({.caller = service(), .identity = allow()}, Outcome::implicit_deny, Source::resource);
  expect({.resource = by_service}, Outcome::implicit_deny, Source::identity);
  expect({.caller = {}, .resource = allow(for_principal(R"({"AWS":"*"})")), .account = kAccount},
         Outcome::allowed);
  expect({.caller = {}, .resource = by_service, .account = kAccount}, Outcome::implicit_deny,
         Source::resource);
}

TEST(PolicyDecision, NotPrincipal) {
  const auto all_but = [](const std::string& names) { return R"("NotPrincipal":{"AWS":[)" + names + "]}"; };
  const std::string account = R"("arn:aws:iam::111122223333:root")";
  const std::string user_arn = R"("arn:aws:iam::111122223333:user/u")";
  const std::string role_arn = R"("arn:aws:iam::111122223333:role/path/r")";
  const std::string session_arn = R"("arn:aws:sts::111122223333:assumed-role/r/s")";
  // The account must be listed with the user, and does not exempt its other users.
  expect({.identity = allow(), .resource = deny(all_but(user_arn + "," + account))}, Outcome::allowed);
  expect({.identity = allow(), .resource = deny(all_but(user_arn))}, Outcome::explicit_deny,
         Source::resource);
  expect({.identity = allow(), .resource = deny(all_but(account))}, Outcome::explicit_deny, Source::resource);
  expect({.caller = root(), .resource = deny(all_but(account))}, Outcome::allowed);
  expect({.caller = session(),
          .identity = allow(),
          .resource = deny(all_but(account + "," + role_arn + "," + session_arn))},
         Outcome::allowed);
  expect({.caller = session(), .identity = allow(), .resource = deny(all_but(account + "," + role_arn))},
         Outcome::explicit_deny, Source::resource);
  expect({.resource = allow(all_but(R"("444455556666")"))}, Outcome::allowed);
  expect({.resource = allow(all_but(account))}, Outcome::implicit_deny, Source::identity);
  expect(
      {.caller = {}, .resource = allow(all_but(account)) + "," + deny(all_but(account)), .account = kAccount},
      Outcome::explicit_deny, Source::resource);
}

TEST(PolicyDecision, KeysAndRoles) {
  const std::string by_root = for_principal(R"({"AWS":"arn:aws:iam::111122223333:root"})");
  const std::string by_user = for_principal(R"({"AWS":"arn:aws:iam::111122223333:user/u"})");
  const ResourceRule must = ResourceRule::resource_must;
  expect({.identity = allow(), .rule = must}, Outcome::implicit_deny, Source::resource);
  expect({.identity = allow(), .resource = allow(by_root), .rule = must}, Outcome::allowed);
  expect({.resource = allow(by_root), .rule = must}, Outcome::implicit_deny, Source::identity);
  expect({.resource = allow(by_user), .rule = must}, Outcome::allowed);
  expect({.caller = root(), .resource = allow(by_user), .rule = must}, Outcome::implicit_deny,
         Source::resource);
  expect({.caller = root(), .resource = allow(by_root), .rule = must}, Outcome::allowed);
  const auto trust = [](const std::string& principal) {
    return R"({"Effect":"Allow","Action":"sts:AssumeRole",)" + principal + "}";
  };
  const std::string assume = R"("Action":"sts:AssumeRole")";
  const auto role = [&](const std::string& identity, const std::string& resource) {
    return ask({.identity = identity,
                .resource = resource,
                .rule = ResourceRule::trust,
                .action = "sts:AssumeRole",
                .arn = "arn:aws:iam::111122223333:role/r"});
  };
  EXPECT_TRUE(role("", trust(by_user)).decision.allowed());
  EXPECT_TRUE(role(allow(assume), trust(by_root)).decision.allowed());
  EXPECT_EQ(role("", trust(by_root)).decision.source, Source::identity);
  EXPECT_EQ(role(allow(assume), "").decision.source, Source::trust);
  EXPECT_EQ(
      role(allow(assume), "").text,
      "User: arn:aws:iam::111122223333:user/u is not authorized to perform: sts:AssumeRole on resource: "
      "arn:aws:iam::111122223333:role/r");
}

TEST(PolicyDecision, Texts) {
  const std::string begin =
      "User: arn:aws:iam::111122223333:user/u is not authorized to perform: kinesis:PutRecord on resource: "
      "arn:aws:kinesis:us-east-1:111122223333:stream/s ";
  const std::string nothing = allow(R"("Action":"s3:*")");
  EXPECT_EQ(ask({}).text, begin + "because no identity-based policy allows the kinesis:PutRecord action");
  EXPECT_EQ(ask({.identity = allow(), .account = kOther}).text,
            begin + "because no resource-based policy allows the kinesis:PutRecord action");
  EXPECT_EQ(ask({.identity = allow(), .boundary = nothing}).text,
            begin + "because no permissions boundary allows the kinesis:PutRecord action");
  EXPECT_EQ(ask({.identity = deny()}).text, begin + "with an explicit deny in an identity-based policy");
  EXPECT_EQ(ask({.resource = deny(for_principal("\"*\""))}).text,
            begin + "with an explicit deny in a resource-based policy");
  EXPECT_EQ(ask({.boundary = deny()}).text, begin + "with an explicit deny in a permissions boundary");
  const std::string of_session = ask({.caller = session(), .identity = allow(), .session = nothing}).text;
  EXPECT_EQ(
      of_session,
      "User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: kinesis:PutRecord on "
      "resource: arn:aws:kinesis:us-east-1:111122223333:stream/s because no session policy allows the "
      "kinesis:PutRecord action");
  EXPECT_EQ(ask({.caller = {}, .account = kAccount}).text.substr(0, 31), "User: anonymous is not authoriz");
}

TEST(PolicyDecision, MatchedStatements) {
  PolicySet set;
  set.identity = {policy(PolicyKind::identity, allow(R"("Action":"s3:*")") + "," + allow() + "," + deny())};
  const Identity caller = user();
  const Context context;
  const AccessRequest request{"kinesis:PutRecord", kStream, "", caller, context};
  std::vector<MatchedStatement> matched;
  EXPECT_EQ(decide(request, set, {}, ResourceRule::either, &matched).outcome, Outcome::explicit_deny);
  ASSERT_EQ(matched.size(), 2u);
  EXPECT_EQ(matched[0].policy, set.identity[0].get());
  EXPECT_EQ(matched[0].index, 1u);
  EXPECT_EQ(matched[1].index, 2u);
  EXPECT_EQ(matched[1].source, Source::identity);
}

TEST(RequestKeys, FollowFromTheCaller) {
  Context context;
  int lookups = 0;
  context.set_lookup([&](std::string_view key) -> std::optional<KeyValues> {
    ++lookups;
    if (key == "aws:sourceip") return KeyValues{"10.1.2.3"};
    return std::nullopt;
  });
  context.add("aws:ViaAWSService", "true");
  const auto value = [&](const Identity& caller, std::string_view key) -> std::string {
    const RequestKeys keys(context, caller, kOther);
    const KeyValues* values = keys.find(key);
    return values ? values->at(0) : "none";
  };
  EXPECT_EQ(value(user(), "aws:principalarn"), "arn:aws:iam::111122223333:user/u");
  EXPECT_EQ(value(session(), "aws:principalarn"), "arn:aws:iam::111122223333:role/path/r");
  EXPECT_EQ(value(session(), "aws:userid"), "AROAAAAAAAAAAAAAAAAAA:s");
  EXPECT_EQ(value(session(), "aws:tokenissuetime"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(value(session(), "aws:multifactorauthpresent"), "false");
  EXPECT_EQ(value(user(), "aws:multifactorauthpresent"), "none");
  EXPECT_EQ(value(user(), "aws:username"), "u");
  EXPECT_EQ(value(session(), "aws:username"), "none");
  EXPECT_EQ(value(user(), "aws:principaltag/team"), "blue");
  EXPECT_EQ(value(user(), "aws:principaltag/other"), "none");
  EXPECT_EQ(value(root(), "aws:principaltype"), "Account");
  EXPECT_EQ(value({}, "aws:principalaccount"), "anonymous");
  EXPECT_EQ(value(service(), "aws:principalisawsservice"), "true");
  EXPECT_EQ(value(service(), "aws:principalservicename"), "lambda.amazonaws.com");
  EXPECT_EQ(value(user(), "aws:resourceaccount"), kOther);
  EXPECT_EQ(value(user(), "aws:viaawsservice"), "true");
  lookups = 0;
  EXPECT_EQ(value(user(), "aws:sourceip"), "10.1.2.3");
  EXPECT_EQ(value(user(), "aws:sourceip"), "10.1.2.3");
  EXPECT_EQ(lookups, 1);
}

}  // namespace

}  // namespace millrace::auth
