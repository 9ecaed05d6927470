// Retention over many shards and streams, and what single failures do to it.
#include "api/core/base64.h"
#include "api/core/cbor.h"
#include "tests/unit/api/kinesis/service_fixture.h"

namespace millrace::kinesis {
namespace {

class RetentionTest : public ServiceTest {
 protected:
  RetentionTest() {
    options.probes = &probes;
    options.reclaim_delay = std::chrono::minutes(10);  // its own commits are not counted here
  }
  ~RetentionTest() override {
    service.reset();
    store.reset();  // which counts with `probes`
  }

  void create(const std::string& name, int shards) {
    const Json made = call("CreateStream", {{"StreamName", name}, {"ShardCount", shards}});
    ASSERT_TRUE(made.is_object()) << made;
  }
  StreamPtr stream(const std::string& name) {
    return service->streams.find("000000000000", "us-east-1", name);
  }
  void put_into_all(const std::string& name) {
    std::vector<storage::ShardAppend> appends;
    for (const Shard& shard : stream(name)->shards) {
      appends.push_back({stream(name)->log_id(shard), {}});
      appends.back().batch.add("k", "v");
    }
    ASSERT_TRUE(run(log().append(std::move(appends))).front());
  }
  std::uint64_t commits() { return probes.histogram("millrace_commit_seconds", "", {}, {}).count(); }
};

TEST_F(RetentionTest, ManyShardsAreTrimmedInOneCommit) {
  create("large", 500);
  for (int i = 0; i < 300; ++i) {
    create("s" + std::to_string(i), 1);
    put_into_all("s" + std::to_string(i));
  }
  put_into_all("large");
  clock.advance(std::chrono::hours(25));
  std::uint64_t before = commits();
  run(service->enforce_retention());
  EXPECT_EQ(commits() - before, 1u);
  for (const Shard& shard : stream("large")->shards)
    EXPECT_EQ(bounds(stream("large")->log_id(shard)).first.value, 1u);
  EXPECT_EQ(bounds({stream("s299")->number, 0}).first.value, 1u);
  // What is empty is not looked at again, until it may have something.
  before = commits();
  run(service->enforce_retention());
  EXPECT_EQ(commits() - before, 0u);
  put_into_all("s7");
  clock.advance(std::chrono::hours(24) + std::chrono::seconds(1));
  run(service->enforce_retention());
  EXPECT_EQ(bounds({stream("s7")->number, 0}).first.value, 2u);
}

TEST_F(RetentionTest, ManyShardsAreClosedInOneCommit) {
  create("s", 400);
  const std::uint64_t before = commits();
  const Json scaled =
      call("UpdateShardCount",
           {{"StreamName", "s"}, {"TargetShardCount", 200}, {"ScalingType", "UNIFORM_SCALING"}});
  ASSERT_TRUE(scaled.is_object()) << scaled;
  EXPECT_LE(commits() - before, 3u) << "the change, the parents' end, the children";
  EXPECT_EQ(open_shards(), 200);
}

TEST_F(RetentionTest, AShorterRetentionTakesHoldThoughTheStreamWasEmpty) {
  create("s", 1);
  ASSERT_TRUE(
      call("IncreaseStreamRetentionPeriod", {{"StreamName", "s"}, {"RetentionPeriodHours", 48}}).is_object());
  run(service->enforce_retention());  // it is empty
  put_into_all("s");
  clock.advance(std::chrono::hours(30));
  run(service->enforce_retention());
  EXPECT_EQ(bounds({stream("s")->number, 0}).first.value, 0u);
  ASSERT_TRUE(
      call("DecreaseStreamRetentionPeriod", {{"StreamName", "s"}, {"RetentionPeriodHours", 24}}).is_object());
  run(service->enforce_retention());
  EXPECT_EQ(bounds({stream("s")->number, 0}).first.value, 1u);
}

TEST_F(RetentionTest, ARecordThatDoesNotDecryptIsPassedOverAndNotedOnce) {
  storage::Losses losses;
  KinesisOptions with_losses;
  with_losses.losses = &losses;
  start(with_losses);
  create("s", 1);
  ASSERT_TRUE(call("StartStreamEncryption",
                   {{"StreamName", "s"}, {"EncryptionType", "KMS"}, {"KeyId", "alias/aws/kinesis"}})
                  .is_object());
  put("first");
  std::vector<storage::ShardAppend> appends;
  appends.push_back({{stream("s")->number, 0}, {}});
  const std::string forged(60, 'x');
  std::ranges::copy(forged, appends[0].batch.add_space("k", forged.size(), storage::Sealed::yes).begin());
  ASSERT_TRUE(run(log().append(std::move(appends))).front());
  put("third");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(data(iterator("TRIM_HORIZON")), "firstthird");
  const HttpResponse cbor =
      answer("GetRecords", to_cbor(OrderedJson{{"ShardIterator", iterator("TRIM_HORIZON")}}, {}),
             "000000000000", "application/x-amz-cbor-1.1");
  const std::string& text = std::get<std::string>(cbor.body);
  EXPECT_NE(text.find("first"), std::string::npos);
  EXPECT_NE(text.find("third"), std::string::npos);
  ASSERT_EQ(losses.all().size(), 1u);
  EXPECT_EQ(losses.all()[0].first.value, 1u);
  EXPECT_EQ(losses.all()[0].records(), 1u);
  EXPECT_EQ(losses.all()[0].cause, storage::Loss::Cause::seal);
}

}  // namespace
}  // namespace millrace::kinesis
