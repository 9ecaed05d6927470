// The rows of keys and grants, key policies, and what grants allow.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/kms/errors.h"
#include "api/kms/grant.h"
#include "api/kms/key.h"
#include "api/kms/key_policy.h"

namespace millrace::kms {
namespace {

using Json = nlohmann::json;

Key new_key(const Seal& master) {
  Key key;
  key.account = "111122223333";
  key.region = "eu-west-1";
  key.id = "1234abcd-12ab-34cd-56ef-1234567890ab";
  key.created = Time(std::chrono::milliseconds(1'700'000'000'123));
  key.description = "a \"key\"";
  key.spec = spec_named(kSymmetricDefault);
  key.usage = kEncryptDecrypt;
  key.policy = default_policy(key.account, key.region);
  key.tags = {{"k", "v"}};
  key.rotation = {90, key.created + std::chrono::days(90)};
  add_material(key, master, Secret(std::string(32, '1')), key.created, "");
  add_material(key, master, Secret(std::string(32, '2')), key.created, "ON_DEMAND");
  return key;
}

TEST(KeyRow, IsReadAsItWasWritten) {
  const Seal master(Seal::random_key());
  Key key = new_key(master);
  key.state = KeyState::pending_deletion;
  key.deletion = key.created + std::chrono::days(7);
  key.pending_days = 7;
  key.public_key = "\x01\x02";
  const std::string row = encode_key(key);
  const Key read = decode_key(row, master);
  EXPECT_EQ(encode_key(read), row);
  EXPECT_EQ(read.arn(), "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(unwrap(read, master, 0).view(), std::string(32, '1'));
  EXPECT_EQ(unwrap(read, master, 1).view(), std::string(32, '2'));
  EXPECT_EQ(row.find(std::string(32, '1')), std::string::npos);
}

TEST(KeyRow, OpensWithItsMasterKeyAlone) {
  const Key key = new_key(Seal(Seal::random_key()));
  EXPECT_THROW((void)decode_key(encode_key(key), Seal(Seal::random_key())), MaterialSealed);
}

TEST(KeyRow, MaterialBelongsToItsKey) {
  const Seal master(Seal::random_key());
  Json row = Json::parse(encode_key(new_key(master)));
  Json moved = row;
  moved["id"] = "00000000-12ab-34cd-56ef-1234567890ab";
  EXPECT_THROW((void)decode_key(moved.dump(), master), MaterialSealed);
  std::swap(row["materials"][0]["wrapped"], row["materials"][1]["wrapped"]);
  EXPECT_THROW((void)decode_key(row.dump(), master), MaterialSealed);
}

TEST(KeyRow, DamagedRowsThrow) {
  const Seal master(Seal::random_key());
  const Json row = Json::parse(encode_key(new_key(master)));
  for (const auto& [name, value] : row.items()) {
    if (name == "rotation") continue;
    Json damaged = row;
    damaged.erase(name);
    EXPECT_THROW((void)decode_key(damaged.dump(), master), std::exception) << name;
    damaged[name] = Json::array({Json::object()});
    EXPECT_THROW((void)decode_key(damaged.dump(), master), std::exception) << name;
  }
  for (const auto& [name, value] : {std::pair<const char*, Json>{"version", 2},
                                    {"state", "sleeping"},
                                    {"state", "pending_deletion"},
                                    {"spec", "ROT_13"},
                                    {"usage", "SIGN_VERIFY"},
                                    {"materials", Json::array()}}) {
    Json damaged = row;
    damaged[name] = value;
    EXPECT_THROW((void)decode_key(damaged.dump(), master), std::exception) << name;
  }
  EXPECT_THROW((void)decode_key("{", master), std::exception);
}

TEST(GrantRow, IsReadAsItWasWritten) {
  Grant g;
  g.id = "id";
  g.grantee = "arn:aws:iam::111122223333:user/u";
  g.operations = {"Decrypt"};
  g.subset = EncryptionContext{{"a", "b"}};
  EXPECT_EQ(encode_grant(decode_grant(encode_grant(g))), encode_grant(g));
  EXPECT_THROW((void)decode_grant("{\"version\":1}"), std::exception);
}

TEST(Grants, AllowTheirOperationsToTheirGrantee) {
  const std::string user = "arn:aws:iam::111122223333:user/u";
  Grant g;
  g.grantee = user;
  g.operations = {"Decrypt"};
  EXPECT_TRUE(allows(g, {user}, "Decrypt", {}));
  EXPECT_TRUE(allows(g, {"arn:aws:sts::1:assumed-role/r/s", user}, "Decrypt", {{"a", "b"}}));
  EXPECT_FALSE(allows(g, {user}, "Encrypt", {}));
  EXPECT_FALSE(allows(g, {user + "2"}, "Decrypt", {}));
  EXPECT_FALSE(allows(g, {""}, "Decrypt", {}));
}

TEST(Grants, ConstraintsLimitTheEncryptionContext) {
  Grant g;
  g.grantee = "u";
  g.operations = {"Decrypt"};
  g.subset = EncryptionContext{{"a", "b"}};
  EXPECT_TRUE(allows(g, {"u"}, "Decrypt", {{"a", "b"}, {"c", "d"}}));
  EXPECT_FALSE(allows(g, {"u"}, "Decrypt", {{"a", "c"}}));
  EXPECT_FALSE(allows(g, {"u"}, "Decrypt", {}));
  g.subset.reset();
  g.equals = EncryptionContext{{"a", "b"}};
  EXPECT_TRUE(allows(g, {"u"}, "Decrypt", {{"a", "b"}}));
  EXPECT_FALSE(allows(g, {"u"}, "Decrypt", {{"a", "b"}, {"c", "d"}}));
  g.equals.reset();
  g.source_arn = "arn:aws:kinesis:us-east-1:111122223333:stream/s";
  EXPECT_FALSE(allows(g, {"u"}, "Decrypt", {}));
}

// ---- Policies ----

// The text of the error, or "".
std::string refusal(const std::string& policy, bool lockout = false) {
  try {
    check_policy(policy);
    if (lockout) check_lockout(policy, root_of("111122223333", "eu-west-1"));
  } catch (const ApiError& e) {
    EXPECT_EQ(e.code(), "MalformedPolicyDocumentException");
    return e.message();
  }
  return "";
}
std::string policy_with(Json changes) {
  Json statement = {{"Effect", "Allow"}, {"Principal", "*"}, {"Action", "kms:*"}, {"Resource", "*"}};
  for (const auto& [name, value] : changes.items())
    value.is_null() ? (void)statement.erase(name) : (void)(statement[name] = value);
  return Json{{"Version", "2012-10-17"}, {"Statement", Json::array({statement})}}.dump();
}

TEST(KeyPolicy, DocumentsAreChecked) {
  EXPECT_EQ(refusal(default_policy("111122223333", "eu-west-1"), true), "");
  EXPECT_EQ(refusal(R"({"Statement":{"Effect":"Deny","NotPrincipal":"*","NotAction":["a"],"Resource":"*"}})"),
            "");
  for (const char* text : {"", "x", "[]", "{}", R"({"Statement":[]})", R"({"Statement":["x"]})",
                           R"({"Statement":{"Effect":"Allow"}})"})
    EXPECT_NE(refusal(text), "") << text;
  for (const Json& changes :
       {Json{{"Effect", "Perhaps"}}, Json{{"Action", 1}}, Json{{"Action", Json::array()}},
        Json{{"Principal", nullptr}}, Json{{"NotPrincipal", "*"}}, Json{{"Resource", nullptr}},
        Json{{"Action", Json::array({1})}}})
    EXPECT_NE(refusal(policy_with(changes)), "") << changes;
  EXPECT_NE(refusal(policy_with({{"Sid", std::string(kMaxPolicyBytes, 'x')}})), "");
  EXPECT_NE(refusal(std::string(10'000, '[')), "");
}

TEST(KeyPolicy, NobodyLocksTheAccountOut) {
  const Json root{{"AWS", "arn:aws:iam::111122223333:root"}};
  for (const Json& changes :
       {Json{{"Action", "kms:Put*"}}, Json{{"Action", {"kms:x", "KMS:PUTKEYPOLICY"}}}, Json{{"Action", "*"}},
        Json{{"Principal", root}}, Json{{"Principal", {{"AWS", {"111122223333"}}}}},
        Json{{"Action", "kms:?utKeyPolicy"}}})
    EXPECT_EQ(refusal(policy_with(changes), true), "") << changes;
  for (const Json& changes : {Json{{"Action", "kms:Get*"}}, Json{{"Effect", "Deny"}},
                              Json{{"Condition", Json::object()}}, Json{{"Principal", {{"AWS", "2"}}}},
                              Json{{"Principal", {{"Service", "*"}}}}, Json{{"Action", "kms:PutKeyPolic"}}})
    EXPECT_EQ(refusal(policy_with(changes), true),
              "The new key policy will not allow you to update the key policy in the future.")
        << changes;
}

}  // namespace
}  // namespace millrace::kms
