#include <set>

#include "api/lambda/errors.h"
#include "api/lambda/store.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::lambda {
namespace {

class PoliciesTest : public storage::StoreTest {
 protected:
  PoliciesTest() {
    open();
    functions.emplace(store->catalog());
    create();
  }
  ~PoliciesTest() override { functions.reset(); }
  void create() {
    Function f;
    f.account = "000000000000";
    f.region = "us-east-1";
    f.name = "f";
    f.code_sha256 = "one";
    run(functions->create(f));
  }
  void restart() {
    functions.reset();
    reopen();
    functions.emplace(store->catalog());
  }
  FunctionPtr latest() { return functions->find("000000000000", "us-east-1", "f"); }
  ResourcePolicyPtr policy(const std::string& qualifier = kLatest) {
    return functions->policy("000000000000", "us-east-1", "f", qualifier);
  }
  void add(const std::string& sid, const std::string& qualifier = kLatest) {
    run(functions->change_policy({latest(), qualifier}, [&](const ResourcePolicy& now) {
      return now.with({sid, "{}"});
    }));
  }
  void remove(const std::string& sid, const std::string& qualifier = kLatest) {
    run(functions->change_policy({latest(), qualifier},
                                 [&](const ResourcePolicy& now) { return now.without(sid); }));
  }
  // With a version 1 and an alias of it, each with a policy.
  void publish() {
    run(functions->publish(
        latest(), {}, [](const Function&) {}, storage::at_ms(1)));
    run(functions->create_alias(latest(), {.name = "live", .version = "1"}));
    for (const char* qualifier : {"$LATEST", "1", "live"}) add(qualifier, qualifier);
  }
  std::size_t rows() { return store->catalog().scan("l/r/", "", 10).value().size(); }
  std::optional<Functions> functions;
};

TEST_F(PoliciesTest, AreKeptOverARestartForEachQualifier) {
  publish();
  const std::string revision = policy("live")->revision();
  restart();
  for (const char* qualifier : {"$LATEST", "1", "live"}) {
    ASSERT_NE(policy(qualifier), nullptr) << qualifier;
    EXPECT_EQ(policy(qualifier)->statements().at(0).sid, qualifier);
  }
  EXPECT_EQ(policy("live")->revision(), revision);
  EXPECT_EQ(policy("2"), nullptr);
}

TEST_F(PoliciesTest, GoWithTheirLastStatement) {
  add("a");
  add("b");
  remove("a");
  EXPECT_EQ(policy()->statements().size(), 1u);
  remove("b");
  EXPECT_EQ(policy(), nullptr);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(PoliciesTest, GoWithWhatTheyBelongTo) {
  publish();
  run(functions->remove_alias(latest(), "live"));
  EXPECT_EQ(policy("live"), nullptr);
  run(functions->remove_version(functions->find("000000000000", "us-east-1", "f", "1")));
  EXPECT_EQ(policy("1"), nullptr);
  EXPECT_NE(policy(), nullptr);
  run(functions->remove(latest()));
  EXPECT_EQ(policy(), nullptr);
  EXPECT_EQ(rows(), 0u);
  create();
  EXPECT_EQ(policy(), nullptr);
}

TEST_F(PoliciesTest, OfAFunctionGoWithAllOfItsQualifiers) {
  publish();
  run(functions->remove(latest()));
  EXPECT_EQ(rows(), 0u);
}

TEST_F(PoliciesTest, AreNotGivenToWhatIsGone) {
  publish();
  const FunctionPtr function = latest();
  const auto add_to = [&](const char* qualifier) {
    run(functions->change_policy({function, qualifier}, [](const ResourcePolicy& now) {
      return now.with({"late", "{}"});
    }));
  };
  run(functions->remove_alias(function, "live"));
  EXPECT_THROW(add_to("live"), ApiError);
  run(functions->remove(function));
  for (const char* qualifier : {"$LATEST", "1", "live"})
    EXPECT_THROW(add_to(qualifier), ApiError) << qualifier;
  EXPECT_EQ(rows(), 0u);
}

TEST_F(PoliciesTest, AChangeThatIsOvertakenSeesTheNewestState) {
  int calls = 0;
  run(functions->change_policy({latest(), kLatest}, [&](const ResourcePolicy& now) {
    if (++calls == 1) {  // another writer, between the read and the write
      const auto other = row_of(ResourcePolicy().with({"other", "{}"}));
      storage::CatalogBatch batch;
      batch.put("l/r/000000000000/us-east-1/f/$LATEST", other);
      run(store->catalog().write(std::move(batch), storage::Sync::durable)).value();
    }
    return now.with({"mine", "{}"});
  }));
  EXPECT_EQ(calls, 2);
  ASSERT_EQ(policy()->statements().size(), 2u);
  EXPECT_EQ(policy()->statements().at(0).sid, "other");
}

}  // namespace
}  // namespace millrace::lambda
