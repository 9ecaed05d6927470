#include "api/lambda/errors.h"
#include "api/lambda/store.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::lambda {
namespace {

class VersionsTest : public storage::StoreTest {
 protected:
  VersionsTest() {
    open();
    functions.emplace(store->catalog());
    Function f;
    f.account = "000000000000";
    f.region = "us-east-1";
    f.name = "f";
    f.code_sha256 = "one";
    f.tags = {{"team", "retail"}};
    run(functions->create(f));
  }
  ~VersionsTest() override { functions.reset(); }
  void restart() {
    functions.reset();
    reopen();
    functions.emplace(store->catalog());
  }
  FunctionPtr find(const std::string& qualifier = kLatest) {
    return functions->find("000000000000", "us-east-1", "f", qualifier);
  }
  FunctionPtr publish() {
    return run(functions->publish(
        find(), {}, [](const Function&) {}, storage::at_ms(1)));
  }
  void change_code(const std::string& sha256) {
    run(functions->update(find(), [&](Function& f) { f.code_sha256 = sha256; }));
  }
  std::optional<Functions> functions;
};

TEST_F(VersionsTest, AreKeptWithTheirAliasesOverARestart) {
  EXPECT_EQ(publish()->version, "1");
  change_code("two");
  EXPECT_EQ(publish()->version, "2");
  run(functions->create_alias(find(), {.name = "live", .version = "1"}));
  restart();
  EXPECT_EQ(find("1")->code_sha256, "one");
  EXPECT_EQ(find("2")->code_sha256, "two");
  EXPECT_EQ(find("live")->version, "1");
  EXPECT_EQ(find("3"), nullptr);
  EXPECT_EQ(find("01"), nullptr);
  EXPECT_EQ(functions->versions(*find()).size(), 2u);
  EXPECT_EQ(publish()->version, "2") << "nothing changed";
}

TEST_F(VersionsTest, NumbersAreNotUsedAgain) {
  run(functions->remove_version(publish()));
  EXPECT_EQ(find("1"), nullptr);
  restart();
  EXPECT_EQ(publish()->version, "2");
}

TEST_F(VersionsTest, HoldTheirCode) {
  (void)publish();
  change_code("two");
  EXPECT_TRUE(functions->uses_code("000000000000", "one"));
  restart();
  EXPECT_TRUE(functions->uses_code("000000000000", "one"));
  run(functions->remove_version(find("1")));
  EXPECT_FALSE(functions->uses_code("000000000000", "one"));
}

TEST_F(VersionsTest, GoWithTheirFunction) {
  (void)publish();
  change_code("two");
  run(functions->create_alias(find(), {.name = "live", .version = "1"}));
  EXPECT_EQ(run(functions->remove(find())), (std::set<std::string>{"one", "two"}));
  EXPECT_FALSE(functions->uses_code("000000000000", "one"));
  for (const char* prefix : {"l/f/", "l/v/", "l/a/"})
    EXPECT_TRUE(store->catalog().scan(prefix, "", 10).value().empty()) << prefix;
}

TEST_F(VersionsTest, OneThatAnAliasNamesStays) {
  (void)publish();
  run(functions->create_alias(find(), {.name = "live", .version = "1"}));
  EXPECT_THROW(run(functions->remove_version(find("1"))), ApiError);
  run(functions->remove_alias(find(), "live"));
  run(functions->remove_version(find("1")));
}

TEST_F(VersionsTest, TheSpecHasTheLimitOfTheFunction) {
  (void)publish();
  run(functions->update(find(), [](Function& f) { f.reserved = 7; }));
  const FunctionSpec spec = functions->spec_of(*find("1"));
  EXPECT_EQ(spec.reserved, 7u);
  EXPECT_EQ(spec.version, "1");
  EXPECT_TRUE(find("1")->tags.empty()) << "tags are the function's";
}

}  // namespace
}  // namespace millrace::lambda
