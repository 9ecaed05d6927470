#include "tests/unit/api/auth/policies/random_policies.h"

#include <initializer_list>
#include <utility>

namespace millrace::auth::reference {

namespace {

using Texts = std::vector<std::string>;

const Texts kActions = {"kinesis:PutRecord", "kinesis:GetRecords", "s3:GetObject", "KINESIS:putrecord",
                        "sts:AssumeRole"};
const Texts kActionPatterns = {"*",         "kinesis:*",     "kinesis:Put*",      "kinesis:PutRecord",
                               "s3:*",      "s3:Get?bject",  "KINESIS:GET*",      "kinesis:*Record*",
                               "sts:*",     "kinesis:P?t*d", "kinesis:GetRecord", "sts:AssumeRole",
                               "lambda:*x*"};
const Texts kResources = {"*", "arn:aws:kinesis:us-east-1:111111111111:stream/orders",
                          "arn:aws:kinesis:us-east-1:222222222222:stream/alice",
                          "arn:aws:s3:::bucket/alice/*file", "arn:aws:s3:::bucket/a/b"};
const Texts kResourcePatterns = {"*",
                                 "arn:aws:kinesis:*:*:stream/*",
                                 "arn:aws:kinesis:us-east-1:111111111111:stream/orders",
                                 "arn:aws:kinesis:us-east-1:*:stream/${aws:username}",
                                 "arn:aws:s3:::bucket/${aws:username}/*",
                                 "arn:aws:s3:::bucket/${aws:PrincipalTag/Team, 'a'}/?",
                                 "arn:aws:s3:::bucket/*${*}*",
                                 "arn:aws:s3:::${tags}*",
                                 "arn:aws:*:us-east-1:${AWS:PrincipalAccount}:*r*s",
                                 "arn:aws:s3:::*/?/?",
                                 "arn:aws:s3:::b*t/a*/b"};
const Texts kPrincipals = {"*",
                           "111111111111",
                           "arn:aws:iam::111111111111:root",
                           "222222222222",
                           "arn:aws:iam::111111111111:user/alice",
                           "arn:aws:iam::111111111111:role/worker",
                           "arn:aws:sts::111111111111:assumed-role/worker/one",
                           "arn:aws:iam::222222222222:user/bob"};
const Texts kStrings = {"alice", "Alice", "al*",  "a?ice", "${aws:username}", "bob",
                        "*",     "",      "${*}", "${no}", "${no, 'alice'}",  "x${x"};
const Texts kNumbers = {"1", "2", "2.5", "-3", "10", "ten", "${count}"};
const Texts kDates = {"2026-01-31T12:00:00Z", "2026-02-01", "1769860800", "2025-12-31T23:59:59Z", "0"};
const Texts kNetworks = {"10.0.0.0/8", "10.1.2.3", "10.1.0.0/16", "192.168.0.0/24", "0.0.0.0/0", "none"};
const Texts kArns = {"arn:aws:kinesis:*:*:stream/*",
                     "arn:aws:iam::111111111111:role/*",
                     "arn:aws:iam::111111111111:user/${aws:username}",
                     "arn:*",
                     "*",
                     "arn:aws:*:::x",
                     "arn:aws:sns:us-east-1:111111111111:topic:sub"};
const Texts kBlobs = {"YWxpY2U=", "Ym9i", "AAEC"};
const Texts kBooleans = {"true", "false", "True"};

class Generator {
 public:
  explicit Generator(std::mt19937_64& random) : random_(random) {}

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  bool chance(unsigned percent) { return below(100) < percent; }
  const std::string& one_of(const Texts& texts) { return texts[below(texts.size())]; }

  Json one_or_more(const Texts& texts) {
    if (chance(40)) return one_of(texts);
    Json out = Json::array();
    for (std::size_t n = 1 + below(3); n > 0; --n) out.push_back(one_of(texts));
    return out;
  }

  Json condition_block() {
    struct Family {
      Texts operators, keys;
      const Texts& values;
    };
    const Family families[] = {
        {{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
          "StringLike", "StringNotLike"},
         {"aws:username", "AWS:UserName", "tags", "aws:PrincipalTag/team", "empty", "s3:prefix"},
         kStrings},
        {{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
          "NumericGreaterThan", "NumericGreaterThanEquals"},
         {"count", "counts", "s3:prefix"},
         kNumbers},
        {{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
          "DateGreaterThanEquals"},
         {"aws:CurrentTime", "count", "none"},
         kDates},
        {{"IpAddress", "NotIpAddress"}, {"aws:SourceIp", "s3:prefix"}, kNetworks},
        {{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
         {"aws:PrincipalArn", "aws:SourceArn", "s3:prefix"},
         kArns},
        {{"Bool"}, {"aws:SecureTransport", "aws:ViaAWSService", "aws:MultiFactorAuthPresent"}, kBooleans},
        {{"BinaryEquals"}, {"blob", "none"}, kBlobs},
        {{"Null"}, {"aws:username", "tags", "empty", "aws:MultiFactorAuthPresent"}, kBooleans},
    };
    Json out = Json::object();
    for (std::size_t n = 1 + below(2); n > 0; --n) {
      const Family& family = families[chance(40) ? 0 : below(std::size(families))];
      std::string op = one_of(family.operators);
      if (op != "Null") {
        if (chance(25)) op += "IfExists";
        if (chance(30)) op = (chance(50) ? "ForAllValues:" : "ForAnyValue:") + op;
      }
      for (std::size_t k = chance(80) ? 1 : 2; k > 0; --k)
        out[op][one_of(family.keys)] = one_or_more(family.values);
    }
    return out;
  }

  Json principal() {
    if (chance(20)) return "*";
    Json out;
    if (chance(15)) out["Service"] = "lambda.amazonaws.com";
    if (chance(90) || out.is_null()) out["AWS"] = one_or_more(kPrincipals);
    return out;
  }

  Json statement(const std::string& kind) {
    Json out;
    out["Effect"] = chance(80) ? "Allow" : "Deny";
    out[chance(85) ? "Action" : "NotAction"] =
        kind == "trust" ? one_or_more({"sts:*", "sts:AssumeRole", "sts:TagSession"})
                        : one_or_more(kActionPatterns);
    if (kind != "trust") out[chance(80) ? "Resource" : "NotResource"] = one_or_more(kResourcePatterns);
    if (kind != "identity") out[chance(85) ? "Principal" : "NotPrincipal"] = principal();
    if (chance(40)) out["Condition"] = condition_block();
    return out;
  }

  Json policy(const std::string& kind) {
    Json out;
    if (chance(85)) out["Version"] = chance(85) ? "2012-10-17" : "2008-10-17";
    if (chance(20)) {
      out["Statement"] = statement(kind);
    } else {
      out["Statement"] = Json::array();
      for (std::size_t n = 1 + below(3); n > 0; --n) out["Statement"].push_back(statement(kind));
    }
    return out;
  }

  std::vector<Json> policies(const std::string& kind, std::size_t most) {
    std::vector<Json> out(below(most + 1));
    for (Json& one : out) one = policy(kind);
    return out;
  }

  Identity caller() {
    Identity out;
    out.account = "111111111111";
    if (chance(30)) out.tags["Team"] = chance(50) ? "a" : "*";
    switch (below(6)) {
      case 0:
        out.kind = IdentityKind::root;
        out.arn = "arn:aws:iam::111111111111:root";
        out.id = out.account;
        break;
      case 1:
      case 2:
        out.kind = IdentityKind::user;
        out.name = chance(80) ? "alice" : "*";
        out.arn = "arn:aws:iam::111111111111:user/" + out.name;
        out.id = "AIDAAAAAAAAAAAAAAAAAA";
        break;
      case 3:
      case 4:
        out.kind = IdentityKind::assumed_role;
        out.name = "worker";
        out.role_arn = "arn:aws:iam::111111111111:role/worker";
        out.session_name = chance(70) ? "one" : "two";
        out.arn = "arn:aws:sts::111111111111:assumed-role/worker/" + out.session_name;
        out.id = "AROAAAAAAAAAAAAAAAAAA:" + out.session_name;
        break;
      default:
        out = Identity{};
        if (chance(50)) {
          out.kind = IdentityKind::service;
          out.name = "lambda.amazonaws.com";
        }
        break;
    }
    return out;
  }

  std::map<std::string, Texts> context() {
    const std::pair<std::string, Texts> all[] = {
        {"tags", {"alice"}},
        {"tags", {"alice", "bob"}},
        {"empty", {}},
        {"s3:prefix", {one_of(kStrings)}},
        {"S3:Prefix", {one_of(kStrings)}},
        {"count", {one_of({"1", "2", "2.0", "10", "-3"})}},
        {"counts", {"1", "10"}},
        {"aws:CurrentTime", {one_of({"2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z", "1769860800"})}},
        {"aws:SourceIp", {one_of({"10.1.2.3", "10.9.9.9", "192.168.0.7", "8.8.8.8"})}},
        {"aws:SourceArn",
         {one_of({"arn:aws:kinesis:us-east-1:1:stream/x", "arn:aws:sns:us-east-1:111111111111:topic:sub",
                  "arn:aws:x", "text"})}},
        {"aws:SecureTransport", {one_of({"true", "false"})}},
        {"aws:ViaAWSService", {"true"}},
        {"blob", {one_of(kBlobs)}},
    };
    std::map<std::string, Texts> out;
    for (const auto& [key, values] : all)
      if (chance(60) && !(key == "S3:Prefix" && out.contains("s3:prefix"))) out.try_emplace(key, values);
    if (out.contains("S3:Prefix") && out.contains("s3:prefix")) out.erase("S3:Prefix");
    return out;
  }

 private:
  std::mt19937_64& random_;
};

}  // namespace

Question random_question(std::mt19937_64& random) {
  Generator g(random);
  Question out;
  out.rule = g.chance(60) ? "either" : g.chance(60) ? "resource_must" : "trust";
  const std::string kind = out.rule == "trust" ? "trust" : "resource";
  out.action = out.rule == "trust" ? "sts:AssumeRole" : g.one_of(kActions);
  out.resource = g.one_of(kResources);
  if (g.chance(60)) out.resource_account = g.chance(50) ? "111111111111" : "222222222222";
  out.caller = g.caller();
  out.context = g.context();
  out.identity = g.policies("identity", 3);
  out.resource_policies = g.policies(kind, g.chance(50) ? 1 : 2);
  if (g.chance(25)) out.boundary = g.policy("identity");
  out.has_session = g.chance(25);
  if (out.has_session) out.session = g.policies("identity", 2);
  return out;
}

}  // namespace millrace::auth::reference
