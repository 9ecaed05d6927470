#include "api/lambda/layers/layer_store.h"

#include <set>

#include "api/core/error.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::lambda {
namespace {

using storage::Strings;

LayerVersion layer(const std::string& name) {
  LayerVersion v;
  v.account = "000000000000";
  v.region = "us-east-1";
  v.name = name;
  v.code_sha256 = "sha of " + name;
  return v;
}

class LayersTest : public storage::StoreTest {
 protected:
  void SetUp() override {
    open();
    load();
  }
  void load() { layers.emplace(store->catalog()); }
  void restart() {
    layers.reset();
    reopen();
    load();
  }
  std::uint64_t publish(const std::string& name) { return run(layers->publish(layer(name)))->number; }
  void remove(const std::string& name, std::uint64_t number) {
    run(layers->remove(layers->find("000000000000", "us-east-1", name, number)));
  }
  Strings all() {
    Strings out;
    for (const LayerPtr& v : layers->all(caller)) out.push_back(v->name + std::to_string(v->number));
    return out;
  }

  const Caller caller{"000000000000", "us-east-1", ""};
  std::optional<Layers> layers;
};

TEST_F(LayersTest, PoliciesAreKeptAndGoWithTheirVersion) {
  for (int i = 0; i < 2; ++i) (void)publish("a");
  const auto policy = [&](std::uint64_t number) {
    return layers->policy("000000000000", "us-east-1", "a", number);
  };
  const LayerPtr second = layers->find("000000000000", "us-east-1", "a", 2);
  const auto add = [](const ResourcePolicy& now) { return now.with({"s", "{}"}); };
  EXPECT_EQ(run(layers->change_policy(second, add))->statements().size(), 1u);
  restart();
  EXPECT_EQ(policy(1), nullptr);
  ASSERT_NE(policy(2), nullptr);
  EXPECT_EQ(policy(2)->statements().at(0).sid, "s");
  remove("a", 2);
  EXPECT_EQ(policy(2), nullptr);
  EXPECT_TRUE(store->catalog().scan("l/R/", "", 10).value().empty());
  EXPECT_THROW(run(layers->change_policy(second, add)), ApiError);
}

TEST_F(LayersTest, NumbersAreNotUsedAgain) {
  EXPECT_EQ(publish("a"), 1u);
  EXPECT_EQ(publish("a"), 2u);
  remove("a", 2);
  restart();
  EXPECT_EQ(publish("a"), 3u);
  remove("a", 1);
  remove("a", 3);
  EXPECT_EQ(all(), Strings());
  restart();
  EXPECT_EQ(publish("a"), 4u);
}

TEST_F(LayersTest, ListsAreByNameTheNewestFirst) {
  for (const auto* name : {"a-b", "a", "b", "a"}) publish(name);
  EXPECT_EQ(all(), (Strings{"a2", "a1", "a-b1", "b1"}));
  EXPECT_EQ(layers->versions(caller, "a").size(), 2u);
  EXPECT_EQ(layers->all().size(), 4u);
  EXPECT_TRUE(layers->uses_code("000000000000", "sha of b"));
  remove("b", 1);
  EXPECT_FALSE(layers->uses_code("000000000000", "sha of b"));
}

TEST_F(LayersTest, ARowThatCannotBeReadStaysAndItsNumberIsTaken) {
  publish("a");
  storage::CatalogBatch batch;
  batch.put("l/L/000000000000/us-east-1/a/0000000002", "{\"version\":2}");
  or_throw(run(store->catalog().write(std::move(batch))));
  restart();
  EXPECT_EQ(layers->unreadable().size(), 1u);
  EXPECT_EQ(publish("a"), 3u);
  EXPECT_TRUE(or_throw(store->catalog().get("l/L/000000000000/us-east-1/a/0000000002")));
}

// As two servers over one catalog do.
TEST_F(LayersTest, PublishersAtOnceGetNumbersOfTheirOwn) {
  Layers other(store->catalog());
  asio::io_context context;
  std::multiset<std::uint64_t> numbers;
  for (int i = 0; i < 40; ++i)
    asio::co_spawn(context, (i % 2 ? *layers : other).publish(layer("a")),
                   [&](std::exception_ptr e, const LayerPtr& v) {
                     EXPECT_FALSE(e);
                     if (v) numbers.insert(v->number);
                   });
  context.run();
  for (std::uint64_t n = 1; n <= 40; ++n) EXPECT_EQ(numbers.count(n), 1u) << n;
  EXPECT_EQ(layers->all().size(), 40u);
  EXPECT_EQ(other.all().size(), 40u);
}

}  // namespace
}  // namespace millrace::lambda
