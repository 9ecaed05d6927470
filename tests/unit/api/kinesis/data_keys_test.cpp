#include "api/kinesis/data_keys.h"

#include <set>

#include "api/core/cbor.h"
#include "tests/unit/api/kinesis/service_fixture.h"

namespace millrace::kinesis {
namespace {

constexpr std::uint64_t kStream = 7;

class DataKeysTest : public testing::Test {
 protected:
  // What is stored of a record.
  std::string sealed(const DataKey& key, std::string_view data, std::string_view partition_key = "k",
                     std::uint64_t stream = kStream) {
    std::string space(data.size() + kSealBytes, '\0');
    data.copy(space.data() + kSealHeadBytes, data.size());
    key.cipher->seal(key.id, stream, partition_key, space);
    return space;
  }
  // The data, or "damaged: why".
  std::string opened(std::string_view stored, std::string_view partition_key = "k",
                     std::uint64_t stream = kStream) {
    const storage::Record record{{}, {}, partition_key, stored, storage::Sealed::yes};
    std::string space = "what was opened before";
    try {
      return std::string(open_record(keys, stream, record, space));
    } catch (const StorageFailure& e) {
      EXPECT_EQ(e.code(), storage::Errc::corrupt);
      return std::string("damaged: ") + e.what();
    }
  }

  Seal master{Seal::random_key()};
  std::vector<DataKey> keys{new_data_key(master, kStream, 1, "alias/a"),
                            new_data_key(master, kStream, 2, "alias/b")};
};

TEST_F(DataKeysTest, WhatWasSealedOpens) {
  for (const std::string& data : {std::string(), std::string("x"), std::string(1 << 20, 'y')})
    for (const DataKey& key : keys) EXPECT_EQ(opened(sealed(key, data)), data);
}

TEST_F(DataKeysTest, SealedDataHidesTheData) {
  const std::string data(64, 'a');
  const std::string one = sealed(keys[0], data), other = sealed(keys[0], data);
  EXPECT_EQ(one.size(), data.size() + kSealBytes);
  EXPECT_EQ(one.find("aaaa"), std::string::npos);
  EXPECT_NE(one.substr(kSealHeadBytes), other.substr(kSealHeadBytes));
}

TEST_F(DataKeysTest, NoNonceComesTwice) {
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i) nonces.insert(sealed(keys[0], "").substr(4, 12));
  DataKey again = keys[0];  // as after a restart
  ASSERT_TRUE(unwrap(master, kStream, again));
  for (int i = 0; i < 1000; ++i) nonces.insert(sealed(again, "").substr(4, 12));
  EXPECT_EQ(nonces.size(), 2000u);
}

TEST_F(DataKeysTest, NothingOpensThatWasChangedOrMoved) {
  const std::string stored = sealed(keys[0], "data");
  for (std::size_t i = 0; i < stored.size(); ++i) {
    std::string changed = stored;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_TRUE(opened(changed).starts_with("damaged")) << i;
  }
  for (std::size_t size = 0; size < stored.size(); ++size)
    EXPECT_TRUE(opened(stored.substr(0, size)).starts_with("damaged")) << size;
  EXPECT_TRUE(opened(stored, "other").starts_with("damaged"));
  EXPECT_TRUE(opened(stored, "k", kStream + 1).starts_with("damaged"));
}

TEST_F(DataKeysTest, ARecordThatIsNotSealedIsItself) {
  std::string space;
  const storage::Record record{{}, {}, "k", "data", storage::Sealed::no};
  EXPECT_EQ(open_record({}, kStream, record, space).data(), record.data.data());
}

TEST_F(DataKeysTest, AKeyUnwrapsWithItsMasterKeyInItsPlaceOnly) {
  const std::string stored = sealed(keys[1], "data");
  DataKey loaded{2, "alias/b", keys[1].wrapped, std::nullopt, nullptr};
  DataKey moved = loaded;
  moved.id = 3;
  EXPECT_FALSE(unwrap(Seal(Seal::random_key()), kStream, loaded));
  EXPECT_FALSE(unwrap(master, kStream + 1, loaded));
  EXPECT_FALSE(unwrap(master, kStream, moved));
  ASSERT_TRUE(unwrap(master, kStream, loaded));
  keys = {loaded};
  EXPECT_EQ(opened(stored), "data");
}

TEST(KmsKeys, NamesHaveFourForms) {
  for (const char* name :
       {"alias/aws/kinesis", "alias/my-key_2", "12345678-1234-1234-1234-123456789aBc",
        "mrk-0123456789abcdef0123456789abcdef", "arn:aws:kms:us-east-1:123456789012:alias/MyAliasName",
        "arn:aws-cn:kms:cn-north-1:123456789012:key/12345678-1234-1234-1234-123456789012",
        "arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef"})
    EXPECT_TRUE(names_kms_key(name)) << name;
  for (const char* name :
       {"", "key", "alias/", "alias/a b", "alias", "12345678-1234-1234-1234-12345678901",
        "12345678-1234-1234-1234-12345678901g", "123456781234-1234-1234-1234-12345678", "mrk-0123",
        "arn:", "arn:aws:kms:us-east-1:123456789012", "arn:aws:kms:us-east-1:12345:alias/a",
        "arn:aws:kms::123456789012:alias/a", "arn:aws:s3:us-east-1:123456789012:alias/a",
        "arn:aws:kms:us-east-1:123456789012:key/alias", "arn:aws:kms:us-east-1:123456789012:alias/a:b"})
    EXPECT_FALSE(names_kms_key(name)) << name;
}

// ---- In a stream ----

class EncryptionTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    start_with(master);
    call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  }
  void start_with(const Seal::Key& key) {
    KinesisOptions options;
    options.master_key = key;
    start(std::move(options));
  }
  void encrypt(const std::string& key) {
    EXPECT_EQ(call("StartStreamEncryption", {{"StreamName", "s"}, {"EncryptionType", "KMS"}, {"KeyId", key}}),
              Json::object());
  }
  void stop(const std::string& key) {
    EXPECT_EQ(call("StopStreamEncryption", {{"StreamName", "s"}, {"EncryptionType", "KMS"}, {"KeyId", key}}),
              Json::object());
  }
  const std::vector<DataKey>& keys() { return stream()->data_keys; }
  StreamPtr stream() { return service->streams.find("000000000000", "us-east-1", "s"); }

  const Seal::Key master = Seal::random_key();
};

TEST_F(EncryptionTest, TheSameKeyAgainMakesNoDataKey) {
  encrypt("alias/a");
  encrypt("alias/a");
  EXPECT_EQ(keys().size(), 1u);
  encrypt("alias/b");
  EXPECT_EQ(keys().size(), 2u);
  EXPECT_NE(keys()[0].wrapped, keys()[1].wrapped);
  stop("alias/b");
  encrypt("alias/b");
  ASSERT_EQ(keys().size(), 3u);
  EXPECT_EQ(keys()[2].id, 3u);
}

TEST_F(EncryptionTest, EveryRecordIsReadAfterARestart) {
  put("plain ");
  encrypt("alias/a");
  put("of a ");
  encrypt("alias/b");
  put("of b ");
  stop("alias/b");
  put("plain again");
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "plain of a of b plain again");
  start_with(master);
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "plain of a of b plain again");
  EXPECT_THROW(start_with(Seal::random_key()), WrongMasterKey);
}

TEST_F(EncryptionTest, ADataKeyGoesBehindItsLastRecord) {
  using namespace std::chrono_literals;
  encrypt("alias/a");
  put("of a ");
  clock.advance(1h);
  encrypt("alias/b");
  put("of b");
  clock.advance(24h);
  run(service->enforce_retention());
  EXPECT_EQ(keys().size(), 2u);  // a record may have been on its way when the key changed
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "of b");
  clock.advance(2min);
  run(service->enforce_retention());
  ASSERT_EQ(keys().size(), 1u);
  EXPECT_EQ(keys()[0].kms_key, "alias/b");
  clock.advance(24h * 30);
  run(service->enforce_retention());
  EXPECT_EQ(keys().size(), 1u);  // the one in use stays
  encrypt("alias/a");
  EXPECT_EQ(keys().back().id, 3u);
}

TEST_F(EncryptionTest, ADamagedRecordIsPassedOver) {
  encrypt("alias/a");
  put("data");
  std::vector<storage::ShardAppend> appends(1);
  appends[0].shard = {stream()->number, 0};
  const std::span<char> space = appends[0].batch.add_space("k", kSealBytes, storage::Sealed::yes);
  std::fill(space.begin(), space.end(), '\1');
  ASSERT_TRUE(run(store->log().append(std::move(appends))).front());
  const std::string start = iterator("TRIM_HORIZON");
  for (const char* type : {"application/x-amz-json-1.1", "application/x-amz-cbor-1.1"}) {
    const Json asked{{"ShardIterator", start}};
    const bool cbor = std::string_view(type).find("cbor") != std::string_view::npos;
    const std::string body = cbor ? to_cbor(OrderedJson(asked), {}) : asked.dump();
    const std::string text = std::get<std::string>(answer("GetRecords", body, "000000000000", type).body);
    EXPECT_NE(text.find(cbor ? "data" : base64_encode("data")), std::string::npos);
  }
  const Json first = call("GetRecords", {{"ShardIterator", start}, {"Limit", 1}});
  ASSERT_EQ(first.at("Records").size(), 1u);
  EXPECT_EQ(first.at("Records")[0].at("EncryptionType"), "KMS");
}

TEST_F(EncryptionTest, TheLargestRecordIsTaken) {
  encrypt("alias/a");
  const std::string all((1 << 20) - 1, 'x');  // with its key, a mebibyte
  put(all);
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), all);
}

}  // namespace
}  // namespace millrace::kinesis
