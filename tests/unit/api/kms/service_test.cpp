// KMS over a store of its own, whose clock tests move; operations by their names.
#include "api/kms/service.h"

#include "api/core/base64.h"
#include "api/kms/errors.h"
#include "api/kms/keys.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::kms {
namespace {

using namespace std::chrono_literals;

class KmsTest : public storage::StoreTest {
 protected:
  void SetUp() override {
    open();
    start(master);
  }
  void start(const Seal::Key& key) {
    service.reset();
    service = std::make_unique<Kms>(engine().catalog(), clock, key, 1);
  }

  // The answer, or the error as "Code: text".
  Json call(const std::string& operation, const Json& body, const std::string& account = "111122223333") {
    const auto request = std::make_unique<Request>();
    request->caller = root_of(account, "us-east-1");
    request->http.method = "POST";
    request->http.target = "/";
    request->http.headers.add("Content-Type", "application/x-amz-json-1.1");
    request->http.headers.add("X-Amz-Target", "TrentService." + operation);
    request->http.headers.add("X-Amz-Date", "20260101T000000Z");
    request->http.headers.add("Authorization",
                              "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/kms/aws4_request, "
                              "SignedHeaders=host, Signature=0");
    request->http.body = body.dump();
    try {
      const HttpResponse response = run(service->handle(*request));
      const std::string& text = std::get<std::string>(response.body);
      return text.empty() ? Json::object() : Json::parse(text);
    } catch (const ApiError& e) {
      return e.code() + ": " + e.message();
    }
  }
  std::string create(const Json& body = Json::object()) {
    return call("CreateKey", body).at("KeyMetadata").at("KeyId");
  }
  std::string encrypt(const std::string& key) {
    const Json answer = call("Encrypt", {{"KeyId", key}, {"Plaintext", base64_encode("text")}});
    return answer.is_object() ? answer.at("CiphertextBlob").get<std::string>() : answer.get<std::string>();
  }
  // The plaintext, or the error.
  std::string decrypt(const std::string& blob) {
    const Json answer = call("Decrypt", {{"CiphertextBlob", blob}});
    if (!answer.is_object()) return answer;
    return base64_decode(answer.at("Plaintext").get<std::string>()).value();
  }
  std::string state(const std::string& key) {
    const Json answer = call("DescribeKey", {{"KeyId", key}});
    return answer.is_object() ? answer.at("KeyMetadata").at("KeyState").get<std::string>()
                              : answer.get<std::string>();
  }
  std::size_t rows(const std::string& prefix) {
    return engine().catalog().scan(prefix, "", 1000).value().size();
  }

  const Seal::Key master = Seal::random_key();
  std::unique_ptr<Kms> service;
};

TEST_F(KmsTest, KeysSurviveARestart) {
  const std::string key = create(), blob = encrypt(key);
  start(master);
  EXPECT_EQ(decrypt(blob), "text");
}

TEST_F(KmsTest, AnotherMasterKeyStopsTheStart) {
  create();
  service.reset();
  EXPECT_THROW(Kms(engine().catalog(), clock, Seal::random_key(), 1), WrongMasterKey);
}

TEST_F(KmsTest, ADamagedRowIsSetAside) {
  const std::string good = create(), bad = create(), blob = encrypt(bad);
  storage::CatalogBatch batch;
  batch.put("kms/k/111122223333/us-east-1/" + bad, "{damaged");
  batch.put("kms/a/111122223333/us-east-1/alias/bad", "{}");
  batch.put("kms/g/111122223333/us-east-1/" + good + "/bad", "[]");
  ASSERT_TRUE(run(engine().catalog().write(std::move(batch))));
  start(master);
  EXPECT_EQ(service->store.unreadable().size(), 3u);
  EXPECT_EQ(state(good), "Enabled");
  EXPECT_TRUE(state(bad).starts_with("NotFoundException"));
  EXPECT_TRUE(decrypt(blob).starts_with("AccessDeniedException"));
  EXPECT_EQ(call("ListKeys", Json::object()).at("Keys").size(), 1u);
}

TEST_F(KmsTest, DeletionComesWhenItsPeriodIsOver) {
  const std::string key = create(), other = create(), blob = encrypt(key);
  call("CreateAlias", {{"AliasName", "alias/a"}, {"TargetKeyId", key}});
  call("CreateGrant", {{"KeyId", key}, {"GranteePrincipal", "p"}, {"Operations", {"Decrypt"}}});
  call("ScheduleKeyDeletion", {{"KeyId", key}, {"PendingWindowInDays", 7}});
  clock.advance(24h * 7 - 1s);
  run(service->delete_due_keys());
  EXPECT_EQ(state(key), "PendingDeletion");
  clock.advance(1s);
  run(service->delete_due_keys());
  EXPECT_TRUE(state(key).starts_with("NotFoundException"));
  EXPECT_TRUE(decrypt(blob).starts_with("AccessDeniedException: The ciphertext refers to"));
  EXPECT_EQ(rows("kms/"), 1u);
  EXPECT_EQ(state(other), "Enabled");
}

TEST_F(KmsTest, ACancelledDeletionNeverComes) {
  const std::string key = create();
  call("ScheduleKeyDeletion", {{"KeyId", key}, {"PendingWindowInDays", 7}});
  call("CancelKeyDeletion", {{"KeyId", key}});
  clock.advance(24h * 30);
  run(service->delete_due_keys());
  EXPECT_EQ(state(key), "Disabled");
}

TEST_F(KmsTest, RotationKeepsOldCiphertexts) {
  const std::string key = create(), before = encrypt(key);
  EXPECT_EQ(call("EnableKeyRotation", {{"KeyId", key}, {"RotationPeriodInDays", 90}}), Json::object());
  const auto rotations = [&] { return call("ListKeyRotations", {{"KeyId", key}}).at("Rotations"); };
  clock.advance(24h * 90 - 1s);
  run(service->rotate_due_keys());
  EXPECT_EQ(rotations().size(), 0u);
  clock.advance(24h * 200);  // two periods end: one rotation
  run(service->rotate_due_keys());
  run(service->rotate_due_keys());
  ASSERT_EQ(rotations().size(), 1u);
  EXPECT_EQ(rotations()[0].at("RotationType"), "AUTOMATIC");
  const std::string after = encrypt(key);
  EXPECT_EQ(decrypt(before), "text");
  EXPECT_EQ(decrypt(after), "text");
  start(master);
  EXPECT_EQ(decrypt(before), "text");
  EXPECT_EQ(decrypt(after), "text");
}

TEST_F(KmsTest, ADisabledKeyRotatesWhenItIsEnabledAgain) {
  const std::string key = create();
  call("EnableKeyRotation", {{"KeyId", key}});
  call("DisableKey", {{"KeyId", key}});
  clock.advance(24h * 366);
  run(service->rotate_due_keys());
  EXPECT_EQ(call("ListKeyRotations", {{"KeyId", key}}).at("Rotations").size(), 0u);
  call("EnableKey", {{"KeyId", key}});
  run(service->rotate_due_keys());
  EXPECT_EQ(call("ListKeyRotations", {{"KeyId", key}}).at("Rotations").size(), 1u);
}

// Two requests that both find no key: one creates it, and both get it.
TEST_F(KmsTest, AnAliasOfAwsIsCreatedOnce) {
  asio::io_context context;
  const Keys keys(*service);
  const Principal as = root_of("111122223333", "us-east-1");
  std::vector<std::future<std::string>> arns;
  for (int i = 0; i < 8; ++i)
    arns.push_back(asio::co_spawn(context, keys.arn_of(as, "alias/aws/kinesis"), asio::use_future));
  context.run();
  const std::string first = arns.front().get();
  for (std::size_t i = 1; i < arns.size(); ++i) EXPECT_EQ(arns[i].get(), first);
  EXPECT_EQ(rows("kms/k/"), 1u);
  EXPECT_NE(run(keys.arn_of(root_of("111122223333", "eu-west-1"), "alias/aws/kinesis")), first);
}

TEST_F(KmsTest, ServicesUseDataKeys) {
  const Keys keys(*service);
  const Principal as = root_of("111122223333", "us-east-1");
  const EncryptionContext context{{"aws:kinesis:arn", "s"}};
  const auto fault = [&](auto work) {
    try {
      (void)run(std::move(work));
    } catch (const KeyError& e) {
      return static_cast<int>(e.fault());
    }
    return -1;
  };
  const std::string key = create();
  const DataKey made = run(keys.generate_data_key(as, key, context));
  EXPECT_EQ(made.plaintext.size(), 32u);
  EXPECT_EQ(made.ciphertext.size(), 32 + kBlobBytes);
  EXPECT_EQ(made.key_arn, "arn:aws:kms:us-east-1:111122223333:key/" + key);
  EXPECT_EQ(run(keys.decrypt(as, made.ciphertext, context)).view(), made.plaintext.view());
  EXPECT_NE(run(keys.policy_of(as, key)).find("key-default-1"), std::string::npos);
  EXPECT_EQ(fault(keys.decrypt(as, made.ciphertext, {})), static_cast<int>(KeyFault::bad_ciphertext));
  EXPECT_EQ(fault(keys.decrypt(as, "x", context)), static_cast<int>(KeyFault::bad_ciphertext));
  EXPECT_EQ(fault(keys.arn_of(as, "alias/none")), static_cast<int>(KeyFault::not_found));
  EXPECT_EQ(fault(keys.decrypt(root_of("444455556666", "us-east-1"), made.ciphertext, context)),
            static_cast<int>(KeyFault::access_denied));
  const std::string mac = create({{"KeySpec", "HMAC_256"}, {"KeyUsage", "GENERATE_VERIFY_MAC"}});
  EXPECT_EQ(fault(keys.generate_data_key(as, mac, {})), static_cast<int>(KeyFault::wrong_usage));
  call("DisableKey", {{"KeyId", key}});
  EXPECT_EQ(fault(keys.generate_data_key(as, key, {})), static_cast<int>(KeyFault::disabled));
  EXPECT_EQ(fault(keys.decrypt(as, made.ciphertext, context)), static_cast<int>(KeyFault::disabled));
  call("ScheduleKeyDeletion", {{"KeyId", key}});
  EXPECT_EQ(fault(keys.decrypt(as, made.ciphertext, context)), static_cast<int>(KeyFault::invalid_state));
}

// ---- Resources ----

TEST_F(KmsTest, PoliciesNameTheKeysBehindAliasesAndCiphertexts) {
  const std::string key = create(), blob = encrypt(key);
  call("CreateAlias", {{"AliasName", "alias/a"}, {"TargetKeyId", key}});
  const Json grant =
      call("CreateGrant", {{"KeyId", key}, {"GranteePrincipal", "p"}, {"Operations", {"Decrypt"}}});
  const auto demands = [&](std::string_view operation, const Json& input) {
    const Principal caller = root_of("111122223333", "us-east-1");
    for (const Operation* op : operations()) {
      if (op->name != operation) continue;
      const std::unique_ptr<Call> made = op->begin(*op);
      decode(op->input, made->input(), input);
      std::string out;
      const InputView view(op->input, made->input());
      for (const Demand& d : demands_of(service_model(), *op, service.get(), view, caller))
        out += (out.empty() ? "" : "\n") + d.action + " " + d.resource.arn();
      return out;
    }
    return std::string("no such operation");
  };
  const std::string arn = "arn:aws:kms:us-east-1:111122223333:";
  const std::string key_arn = arn + "key/" + key;
  for (const std::string& name : {key, key_arn, std::string("alias/a"), arn + "alias/a"})
    EXPECT_EQ(demands("Encrypt", {{"KeyId", name}}), "kms:Encrypt " + key_arn) << name;
  EXPECT_EQ(demands("Decrypt", {{"CiphertextBlob", blob}}), "kms:Decrypt " + key_arn);
  EXPECT_EQ(demands("Decrypt", {{"CiphertextBlob", blob}, {"KeyId", "alias/b"}}), "kms:Decrypt " + key_arn);
  EXPECT_EQ(demands("Decrypt", {{"CiphertextBlob", blob},
                                {"KeyId", arn + "key/x"},
                                {"EncryptionAlgorithm", "RSAES_OAEP_SHA_1"}}),
            "kms:Decrypt " + arn + "key/x")
      << "an RSA ciphertext does not name its key";
  EXPECT_EQ(demands("ReEncrypt", {{"CiphertextBlob", blob}, {"DestinationKeyId", "alias/a"}}),
            "kms:ReEncryptFrom " + key_arn + "\nkms:ReEncryptTo " + key_arn);
  EXPECT_EQ(demands("DeleteAlias", {{"AliasName", "alias/a"}}),
            "kms:DeleteAlias " + arn + "alias/a\nkms:DeleteAlias " + key_arn);
  EXPECT_EQ(demands("RetireGrant", {{"GrantToken", grant.at("GrantToken")}}), "kms:RetireGrant " + key_arn);
  EXPECT_EQ(demands("Encrypt", {{"KeyId", "alias/aws/s3"}}), "kms:Encrypt " + arn + "alias/aws/s3");
  EXPECT_EQ(demands("Encrypt", {{"KeyId", "nonsense"}}), "");
  EXPECT_EQ(demands("ListKeys", Json::object()), "kms:ListKeys *");
}

TEST_F(KmsTest, AccountsDoNotSeeEachOther) {
  const std::string key = create(), blob = encrypt(key);
  const std::string other = "444455556666";
  EXPECT_EQ(call("DescribeKey", {{"KeyId", key}}, other),
            "NotFoundException: Key 'arn:aws:kms:us-east-1:444455556666:key/" + key + "' does not exist");
  const std::string arn = "arn:aws:kms:us-east-1:111122223333:key/" + key;
  EXPECT_TRUE(call("DescribeKey", {{"KeyId", arn}}, other).get<std::string>().starts_with("AccessDenied"));
  EXPECT_TRUE(
      call("Decrypt", {{"CiphertextBlob", blob}}, other).get<std::string>().starts_with("AccessDenied"));
  EXPECT_EQ(call("ListKeys", Json::object(), other).at("Keys").size(), 0u);
}

}  // namespace
}  // namespace millrace::kms
