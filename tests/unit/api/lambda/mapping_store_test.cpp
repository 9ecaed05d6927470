#include "api/lambda/mappings/mapping_store.h"

#include "api/core/error.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::lambda {
namespace {

Mapping mapping(const std::string& uuid, const std::string& stream) {
  Mapping m;
  m.uuid = uuid;
  m.account = "000000000000";
  m.region = "us-east-1";
  m.source_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/" + stream;
  m.function = "f";
  m.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
  return m;
}

class MappingsTest : public storage::StoreTest {
 protected:
  void SetUp() override {
    open();
    load();
  }
  void load() { mappings.emplace(store->catalog()); }
  void restart() {
    mappings.reset();
    reopen();
    load();
  }
  void create(const std::string& uuid, const std::string& stream) {
    run(mappings->create(mapping(uuid, stream), {{0, Checkpoint()}, {7, Checkpoint()}}));
  }
  template <class T>
  std::string error_of(asio::awaitable<T> work) {
    try {
      (void)run(std::move(work));
    } catch (const ApiError& e) {
      return e.code();
    }
    return "";
  }
  std::size_t rows(std::string_view prefix) { return store->catalog().scan(prefix, "", 100).value().size(); }

  std::optional<Mappings> mappings;
};

TEST_F(MappingsTest, AreTheSameAfterARestart) {
  create("1", "a");
  create("2", "b");
  EXPECT_EQ(mappings->progress("1").state, "Creating");
  EXPECT_EQ(run(mappings->update("2", [](Mapping& m) { m.enabled = false; }))->enabled, false);
  restart();
  EXPECT_EQ(mappings->all().size(), 2u);
  EXPECT_EQ(mappings->list("000000000000", "us-east-1", "1").size(), 1u);
  EXPECT_EQ(mappings->progress("2").state, "Disabled");
  EXPECT_TRUE(run(mappings->checkpoint("1", 7)));
}

TEST_F(MappingsTest, OneOfASourceAndAFunction) {
  create("1", "a");
  const auto again = [&] { return mappings->create(mapping("2", "a"), {}); };
  EXPECT_EQ(error_of(again()), "ResourceConflictException");
  run(mappings->remove("1"));
  EXPECT_EQ(error_of(again()), "");
}

TEST_F(MappingsTest, GoWithTheirCheckpointsAndNobodyElses) {
  create("1", "a");
  create("12", "b");
  storage::CatalogBatch batch;
  batch.put("l/c/1/0000000003", "what?");
  or_throw(run(store->catalog().write(std::move(batch))));
  run(mappings->set_aside("1", 3, "cannot be decoded"));
  EXPECT_EQ(mappings->set_aside().size(), 1u);
  run(mappings->remove("1"));
  EXPECT_EQ(mappings->find("1"), nullptr);
  EXPECT_EQ(mappings->set_aside().size(), 0u);
  EXPECT_EQ(rows("l/c/1/") + rows("l/y/"), 0u);
  EXPECT_EQ(rows("l/c/12/"), 2u);
  restart();
  EXPECT_EQ(mappings->all().size(), 1u);
}

TEST_F(MappingsTest, OfTwoChangesOfOneStateTheSecondIsRefused) {
  create("1", "a");
  Mappings other(store->catalog());
  const auto late = [&](Mapping& m) {
    run(other.update("1", [](Mapping& o) { o.batch_size = 11; }));
    m.batch_size = 12;
  };
  EXPECT_EQ(error_of(mappings->update("1", late)), "ResourceInUseException");
  EXPECT_EQ(mappings->find("1")->batch_size, 11);
  EXPECT_EQ(error_of(mappings->update("2", late)), "ResourceNotFoundException");
}

}  // namespace
}  // namespace millrace::lambda
