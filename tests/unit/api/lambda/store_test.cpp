#include "api/lambda/store.h"

#include "api/lambda/errors.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::lambda {
namespace {

Function function_named(const std::string& name, const std::string& sha = "c2hh") {
  Function f;
  f.account = "000000000000";
  f.region = "us-east-1";
  f.name = name;
  f.role = "arn:aws:iam::000000000000:role/r";
  f.runtime = "python3.11";
  f.handler = "index.handler";
  f.description = "\xC3\xBC \"quoted\"";
  f.timeout_s = 900;
  f.memory_mb = 10240;
  f.ephemeral_mb = 600;
  f.environment = Variables{{"KEY", "value"}, {"EMPTY", ""}};
  f.code_sha256 = sha;
  f.code_bytes = 12345;
  f.revision = new_uuid();
  f.modified = Time(std::chrono::milliseconds(1'769'862'896'789));
  f.tags = {{"a", "b"}};
  return f;
}

class FunctionsTest : public storage::StoreTest {
 protected:
  void SetUp() override {
    open();
    load();
  }
  void load() { functions.emplace(store->catalog()); }
  void restart() {
    functions.reset();
    reopen();
    load();
  }
  FunctionPtr find(const std::string& name) { return functions->find("000000000000", "us-east-1", name); }
  template <class T>
  std::string code_of_error(asio::awaitable<T> work) {
    try {
      (void)run(std::move(work));
    } catch (const ApiError& e) {
      return e.code();
    }
    return "";
  }
  void change(const std::string& name, std::function<void(Function&)> how) {
    run(functions->update(find(name), std::move(how)));
  }

  const Caller caller{"000000000000", "us-east-1", ""};
  std::optional<Functions> functions;
};

TEST_F(FunctionsTest, AFunctionIsTheSameAfterARestart) {
  const Function made = function_named("f");
  run(functions->create(made));
  restart();
  const FunctionPtr f = find("f");
  ASSERT_TRUE(f);
  EXPECT_EQ(std::tie(f->account, f->region, f->name, f->role, f->runtime, f->handler, f->description),
            std::tie(made.account, made.region, made.name, made.role, made.runtime, made.handler,
                     made.description));
  EXPECT_EQ(std::tie(f->timeout_s, f->memory_mb, f->ephemeral_mb, f->environment, f->code_sha256,
                     f->code_bytes, f->revision, f->modified, f->tags),
            std::tie(made.timeout_s, made.memory_mb, made.ephemeral_mb, made.environment, made.code_sha256,
                     made.code_bytes, made.revision, made.modified, made.tags));
}

TEST_F(FunctionsTest, TheSpecHoldsWhatARunNeeds) {
  const FunctionSpec s = function_named("f").spec();
  EXPECT_EQ(s.arn, "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(std::tie(s.runtime, s.handler, s.code_sha256), std::tuple("python3.11", "index.handler", "c2hh"));
  EXPECT_EQ(s.environment.at("KEY"), "value");
  EXPECT_EQ(std::pair(s.timeout_s, s.memory_mb), std::pair(900u, 10240u));
}

TEST_F(FunctionsTest, ANameIsTakenOnce) {
  run(functions->create(function_named("f")));
  EXPECT_EQ(code_of_error(functions->create(function_named("f"))), "ResourceConflictException");
  run(functions->remove(find("f")));
  EXPECT_FALSE(find("f"));
  run(functions->create(function_named("f")));
  restart();
  EXPECT_TRUE(find("f"));
}

TEST_F(FunctionsTest, AChangeSeesTheNewestStateAndMayRefuse) {
  run(functions->create(function_named("f")));
  const FunctionPtr old = find("f");
  change("f", [](Function& f) { f.timeout_s = 5; });
  run(functions->update(old, [](Function& f) { f.memory_mb = 200 + f.timeout_s; }));
  EXPECT_EQ(find("f")->memory_mb, 205u);
  EXPECT_THROW(change("f", [](Function&) { throw revision_mismatch(); }), ApiError);
  change("f", [](Function& f) { f.memory_mb = 300; });  // the refusal left nothing locked
  EXPECT_EQ(old->timeout_s, 900u);                      // who held the old state still does
}

TEST_F(FunctionsTest, TwoChangesAtOnceAreOneTooMany) {
  run(functions->create(function_named("f")));
  std::string second;
  change("f", [&](Function&) {
    try {
      run(functions->remove(find("f")));
    } catch (const ApiError& e) {
      second = e.message();
    }
  });
  EXPECT_EQ(second,
            "The operation cannot be performed at this time. An update is in progress for resource: "
            "arn:aws:lambda:us-east-1:000000000000:function:f");
}

// As two servers over one catalog do.
TEST_F(FunctionsTest, OfTwoStoresOneGetsANameAndAStaleChangeIsRefused) {
  Functions other(store->catalog());
  asio::io_context context;
  int created = 0;
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(context, (i % 2 ? *functions : other).create(function_named("f")),
                   [&](std::exception_ptr failed) { created += !failed; });
  context.run();
  EXPECT_EQ(created, 1);
  ASSERT_TRUE(other.find("000000000000", "us-east-1", "f"));
  const auto late = [&](Function& f) {
    run(other.update(find("f"), [](Function& o) { o.timeout_s = 7; }));
    f.timeout_s = 8;
  };
  EXPECT_EQ(code_of_error(functions->update(find("f"), late)), "ResourceConflictException");
  EXPECT_EQ(find("f")->timeout_s, 7u);
  run(other.remove(find("f")));
  EXPECT_FALSE(find("f"));
  EXPECT_FALSE(functions->uses_code("000000000000", "c2hh"));
}

TEST_F(FunctionsTest, ListsAreByNameFromBehindOne) {
  for (const char* name : {"b", "a", "c"}) run(functions->create(function_named(name)));
  Function other = function_named("a");
  other.region = "us-east-2";
  run(functions->create(other));
  const auto names = [&](const std::string& after, std::size_t limit) {
    std::string out;
    for (const FunctionPtr& f : functions->list(caller, after, limit)) out += f->name;
    return out;
  };
  EXPECT_EQ(names("", 10), "abc");
  EXPECT_EQ(names("", 2), "ab");
  EXPECT_EQ(names("a", 10), "bc");
  EXPECT_EQ(names("c", 10), "");
  EXPECT_EQ(functions->usage(caller.account, caller.region).count, 3u);
  EXPECT_EQ(functions->usage(caller.account, caller.region).code_bytes, 3u * 12345);
}

TEST_F(FunctionsTest, CodeIsInUseWhileAFunctionOrAPinHoldsIt) {
  const auto used = [&](const std::string& sha) { return functions->uses_code("000000000000", sha); };
  {
    const Functions::CodePin pin(*functions, "000000000000", "b25l");
    EXPECT_TRUE(used("b25l"));
    run(functions->create(function_named("f", "b25l")));
  }
  EXPECT_TRUE(used("b25l"));
  EXPECT_FALSE(functions->uses_code("111111111111", "b25l"));
  run(functions->create(function_named("g", "b25l")));
  change("f", [](Function& f) { f.code_sha256 = "dHdv"; });
  EXPECT_TRUE(used("b25l"));
  EXPECT_TRUE(used("dHdv"));
  change("f", [](Function& f) { f.timeout_s = 5; });
  run(functions->remove(find("g")));
  EXPECT_FALSE(used("b25l"));
  restart();
  EXPECT_TRUE(used("dHdv"));
  run(functions->remove(find("f")));
  EXPECT_FALSE(used("dHdv"));
}

TEST_F(FunctionsTest, ARowThatCannotBeReadHoldsUpNoOtherAndItsNameIsTaken) {
  run(functions->create(function_named("good")));
  storage::CatalogBatch batch;
  batch.put("l/f/000000000000/us-east-1/bad", "{\"version\":1}");
  batch.put("l/v/000000000000/us-east-1/good/0000000001", "[[[[");
  batch.put("l/a/000000000000/us-east-1/good/live", "{\"version\":2}");
  or_throw(run(store->catalog().write(std::move(batch))));
  restart();
  EXPECT_EQ(functions->unreadable().size(), 3u);
  EXPECT_NE(find("good"), nullptr);
  EXPECT_EQ(find("bad"), nullptr);
  EXPECT_EQ(code_of_error(functions->create(function_named("bad"))), "ResourceConflictException");
  EXPECT_TRUE(or_throw(store->catalog().get("l/f/000000000000/us-east-1/bad")).has_value());
}

TEST_F(FunctionsTest, TheSealOutlivesTheServer) {
  run(functions->keep_seal());
  const std::string sealed = functions->seal().seal("purpose", "", "text");
  restart();
  EXPECT_EQ(functions->seal().open("purpose", "", sealed), "text");
}

}  // namespace
}  // namespace millrace::lambda
