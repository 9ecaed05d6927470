// The other runtimes: Node.js, and executables that bring their own.
#include <signal.h>

#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::functions {
namespace {

using RunnerNode = RunnerTest;
using RunnerProvided = RunnerTest;

TEST_F(RunnerNode, AsyncHandler) {
  const auto f =
      node("exports.handler = async (event, context) => ({ n: event.n + 1, id: context.awsRequestId });");
  const lambda::InvokeResult result = run(f, R"({"n": 1})");
  EXPECT_EQ(result.payload, R"({"n":2,"id":")" + result.request_id + "\"}");
}

TEST_F(RunnerNode, CallbackHandler) {
  const auto f = node(R"(
exports.handler = (event, context, callback) => {
  setTimeout(() => callback(event.fail ? new TypeError(event.fail) : null, 'done'), 1);
};)");
  EXPECT_EQ(answer(f), "done");
  const auto failure = error(f, R"({"fail": "wrong type"})");
  EXPECT_EQ(failure["errorType"], "TypeError");
  EXPECT_EQ(failure["errorMessage"], "wrong type");
  EXPECT_EQ(answer(f), "done");
}

TEST_F(RunnerNode, CallbackThatIsNeverCalledIsNull) {
  EXPECT_EQ(run(node("exports.handler = (event, context, callback) => {};")).payload, "null");
}

TEST_F(RunnerNode, ModulesOfBothKinds) {
  EXPECT_EQ(answer(node("export const handler = async () => 'module';", "index.mjs")), "module");
  EXPECT_EQ(answer(node("exports.handler = async () => 'common';", "index.cjs")), "common");
  const auto f = function("nodejs20.x", "src/index.handler",
                          {{"src/index.js", "export const handler = async () => 'package';"},
                           {"package.json", R"({"type": "module"})"}});
  EXPECT_EQ(answer(f), "package");
}

TEST_F(RunnerNode, StaysWarmThroughErrors) {
  options.max_workers = 1;  // one that is slow to ask for more is waited for
  const auto f = node(
      "let n = 0; exports.handler = async (e) => { n++; if (e.fail) throw new Error('no'); return n; };");
  EXPECT_EQ(answer(f), 1);
  const auto failure = error(f, R"({"fail": true})");
  EXPECT_EQ(failure["errorType"], "Error");
  EXPECT_TRUE(begins(failure["trace"][0], "Error: no"));
  EXPECT_EQ(answer(f), 3);
}

TEST_F(RunnerNode, MistakesFoundWhileLoading) {
  const auto type_of = [this](lambda::FunctionSpec f) { return error(f).value("errorType", ""); };
  EXPECT_EQ(type_of(node("exports.other = 1;")), "Runtime.HandlerNotFound");
  EXPECT_EQ(type_of(node("exports.handler = {")), "Runtime.UserCodeSyntaxError");
  EXPECT_EQ(type_of(node("require('no-such-package');")), "Runtime.ImportModuleError");
  EXPECT_EQ(type_of(node("throw new RangeError('at once');")), "RangeError");
  auto f = node("exports.handler = async () => 1;");
  f.handler = "missing.handler";
  EXPECT_EQ(type_of(f), "Runtime.ImportModuleError");
}

TEST_F(RunnerNode, RejectionAndExceptionThatNobodyCatches) {
  const auto f = node(R"(
exports.handler = async (event) => {
  if (event.reject) Promise.reject(new Error('left alone'));
  if (event.throw) setTimeout(() => { throw new RangeError('out of reach'); }, 0);
  await new Promise((resolve) => setTimeout(resolve, event.reject || event.throw ? 5000 : 0));
  return 'fine';
};)");
  const auto rejection = error(f, R"({"reject": true})");
  EXPECT_EQ(rejection["errorType"], "Runtime.UnhandledPromiseRejection");
  EXPECT_EQ(rejection["errorMessage"], "Error: left alone");
  EXPECT_EQ(error(f, R"({"throw": true})")["errorType"], "RangeError");
  EXPECT_EQ(answer(f), "fine");
}

// The next event finds another worker; the one that dies between events takes none with it. Code of the
// function would be frozen between them, so that it cannot throw there for sure: a signal ends it.
TEST_F(RunnerNode, DiesBetweenEvents) {
  const auto f = node("exports.handler = async () => process.pid;");
  const pid_t first = answer(f);
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  EXPECT_TRUE(eventually([this] { return idle_workers() + busy_workers() == 0; }));
  EXPECT_FALSE(is_running(first));
  EXPECT_NE(answer(f), first);
}

TEST_F(RunnerNode, ConsoleLinesCarryTheRequest) {
  const lambda::InvokeResult result =
      run(node("exports.handler = async () => { console.log('two\\nlines'); console.error({ a: 1 }); };"));
  EXPECT_TRUE(has(result.log_tail, "Z\t" + result.request_id + "\tINFO\ttwo\rlines\n"));
  EXPECT_TRUE(has(result.log_tail, "Z\t" + result.request_id + "\tERROR\t{ a: 1 }\n"));
}

constexpr const char* kShellLoop = R"(
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  head=$(mktemp)
  event=$(curl -sS -D "$head" "$api/invocation/next")
  id=$(grep -i Lambda-Runtime-Aws-Request-Id "$head" | tr -d '[:space:]' | cut -d: -f2)
  handle
done
)";

TEST_F(RunnerProvided, ShellScript) {
  const auto f = shell(std::string(R"(
handle() { curl -sS -X POST "$api/invocation/$id/response" -d "got $event by $_HANDLER"; }
)") + kShellLoop);
  EXPECT_EQ(run(f, R"({"a":1})").payload, R"(got {"a":1} by unused)");
  EXPECT_EQ(run(f, "2").payload, "got 2 by unused");
}

TEST_F(RunnerProvided, PostsAnErrorOfItsOwn) {
  const auto f = shell(std::string(R"(
handle() {
  curl -sS -X POST -H 'Lambda-Runtime-Function-Error-Type: Runtime.MyReason' "$api/invocation/$id/error" \
    -d '{"errorMessage":"mine","errorType":"Mine"}'
}
)") + kShellLoop);
  EXPECT_EQ(error(f)["errorType"], "Mine");
}

// The Go client sends every answer chunked, with trailers.
TEST_F(RunnerProvided, ChunkedAnswerWithTrailers) {
  const auto f = shell(std::string(R"(
handle() {
  curl -sS -X POST -H 'Transfer-Encoding: chunked' -H 'Trailer: Lambda-Runtime-Function-Error-Type' \
    "$api/invocation/$id/response" -d 'in chunks'
}
)") + kShellLoop);
  EXPECT_EQ(run(f).payload, "in chunks");
}

TEST_F(RunnerProvided, AnswersTwiceAndToStrangeRequests) {
  const auto f = shell(std::string(R"(
status() { curl -sS -o /dev/null -w '%{http_code} ' "$@"; }
handle() {
  other=$(status -X POST "$api/invocation/00000000-0000-0000-0000-000000000000/response" -d x)
  again=$(status "$api/invocation/next")
  unknown=$(status "$api/nothing")
  curl -sS -o /dev/null -X POST "$api/invocation/$id/response" -d "$other$again$unknown$twice"
  twice=$(status -X POST "$api/invocation/$id/response" -d x)
}
)") + kShellLoop);
  EXPECT_EQ(run(f).payload, "400 403 404 ");
  EXPECT_TRUE(eventually([this] { return idle_workers() == 1; }));
  EXPECT_EQ(run(f).payload, "400 403 404 403 ");
}

TEST_F(RunnerProvided, BootstrapThatIsMissingOrCannotRun) {
  const auto missing = function("provided.al2023", "x", {{"other", "text"}});
  const lambda::InvokeResult result = run(missing);
  EXPECT_EQ(result.payload,
            R"({"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: )" + result.request_id +
                R"( Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"})");
  const auto plain = function("provided.al2023", "x", {{"bootstrap", "#!/bin/sh\n", 0100644}});
  EXPECT_TRUE(has(error(plain)["errorMessage"], "fork/exec /var/task/bootstrap: permission denied"));
  const auto noise = function("provided.al2023", "x",
                              {{"bootstrap",
                                "\x7f"
                                "ELF of no machine",
                                0100755}});
  EXPECT_TRUE(has(error(noise)["errorMessage"], "fork/exec /var/task/bootstrap: exec format error"));
}

TEST_F(RunnerProvided, RuntimeOrInterpreterThatIsNotThere) {
  options.interpreters.python = "no-such-python";
  const Outcome python_outcome = start(python("")).get();
  ASSERT_FALSE(python_outcome);
  EXPECT_EQ(python_outcome.error().why, lambda::NotRun::Why::internal);
  EXPECT_TRUE(has(python_outcome.error().detail, "--python"));
  const Outcome other_outcome = start(function("dotnet8", "x", {{"x", ""}})).get();
  ASSERT_FALSE(other_outcome);
  EXPECT_TRUE(has(other_outcome.error().detail, "runtime dotnet8"));
}

TEST_F(RunnerProvided, WrapperScript) {
  auto f = function("python3.11", "app.handler",
                    {{"app.py", "import os\ndef handler(e, c):\n    return os.environ['ADDED']\n"},
                     {"wrapper", "#!/bin/sh\nexport ADDED=by-wrapper\nexec \"$@\"\n", 0100755}});
  f.environment["AWS_LAMBDA_EXEC_WRAPPER"] = "/var/task/wrapper";
  EXPECT_EQ(answer(f), "by-wrapper");
}

}  // namespace
}  // namespace millrace::functions
