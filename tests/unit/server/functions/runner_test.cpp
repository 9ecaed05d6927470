// What any function may expect of the runner, shown with Python.
#include <set>

#include "api/lambda/model.h"
#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::functions {
namespace {

using RunnerPython = RunnerTest;

TEST_F(RunnerPython, AnswersWithWhatTheHandlerReturns) {
  const auto f =
      python("def handler(event, context):\n    return {'twice': event['n'] * 2, 'text': 'žluť'}\n");
  const lambda::InvokeResult result = run(f, R"({"n": 21})");
  EXPECT_EQ(result.function_error, std::nullopt);
  EXPECT_EQ(result.payload, R"({"twice": 42, "text": "žluť"})");
  EXPECT_TRUE(matches(result.request_id, "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
}

TEST_F(RunnerPython, NothingReturnedIsNull) {
  EXPECT_EQ(run(python("def handler(event, context):\n    pass\n")).payload, "null");
}

TEST_F(RunnerPython, KeepsItsStateWhileWarm) {
  options.max_workers = 1;  // one that is slow to ask for more is waited for
  const auto f = python("n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n\n");
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(answer(f), i);
  EXPECT_EQ(worker_processes().size(), 1u);
}

TEST_F(RunnerPython, HandsAContextOver) {
  auto f = python(R"(
import os
def handler(event, context):
    return {
        'left': context.get_remaining_time_in_millis(), 'id': context.aws_request_id,
        'name': context.function_name, 'version': context.function_version,
        'arn': context.invoked_function_arn, 'memory': context.memory_limit_in_mb,
        'group': context.log_group_name, 'stream': context.log_stream_name,
        'trace': os.environ['_X_AMZN_TRACE_ID'], 'cwd': os.getcwd() == os.environ['LAMBDA_TASK_ROOT']}
)");
  f.memory_mb = 256;
  f.timeout_s = 5;
  const lambda::InvokeResult result = run(f);
  const auto context = nlohmann::json::parse(result.payload);
  EXPECT_GT(context["left"], 2000);
  EXPECT_LE(context["left"], 5000);
  EXPECT_EQ(context["id"], result.request_id);
  EXPECT_EQ(context["name"], f.name);
  EXPECT_EQ(context["version"], "$LATEST");
  EXPECT_EQ(context["arn"], f.arn);
  EXPECT_EQ(context["memory"], "256");
  EXPECT_EQ(context["group"], "/aws/lambda/" + f.name);
  EXPECT_TRUE(
      matches(std::string(context["stream"]), "[0-9]{4}/[0-9]{2}/[0-9]{2}/\\[\\$LATEST\\][0-9a-f]{32}"));
  EXPECT_TRUE(matches(std::string(context["trace"]),
                      "Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"));
  EXPECT_EQ(context["cwd"], true);
}

TEST_F(RunnerPython, ExceptionIsTheErrorObject) {
  const auto f = python("def handler(event, context):\n    raise ValueError('no such purchase')\n");
  const lambda::InvokeResult result = run(f);
  EXPECT_EQ(result.function_error, "Unhandled");
  const auto error = nlohmann::json::parse(result.payload);
  EXPECT_EQ(error["errorMessage"], "no such purchase");
  EXPECT_EQ(error["errorType"], "ValueError");
  EXPECT_EQ(error["requestId"], result.request_id);
  ASSERT_EQ(error["stackTrace"].size(), 1u);
  EXPECT_TRUE(has(std::string(error["stackTrace"][0]), "app.py\", line 2, in handler\n"));
  EXPECT_TRUE(has(result.log_tail, "[ERROR] ValueError: no such purchase\rTraceback"));
  EXPECT_EQ(answer(python("def handler(event, context):\n    return 1\n")), 1);
}

TEST_F(RunnerPython, MistakesFoundWhileLoading) {
  const auto type_of = [this](lambda::FunctionSpec f) { return error(f).value("errorType", ""); };
  EXPECT_EQ(type_of(python("def other(event, context):\n    pass\n")), "Runtime.HandlerNotFound");
  EXPECT_EQ(type_of(python("def handler(:\n")), "Runtime.UserCodeSyntaxError");
  EXPECT_EQ(type_of(python("import no_such_module\n")), "Runtime.ImportModuleError");
  EXPECT_EQ(type_of(python("raise KeyError('x')\n")), "KeyError");
  auto f = python("def handler(event, context):\n    pass\n");
  f.handler = "handler";
  EXPECT_EQ(type_of(f), "Runtime.MalformedHandlerName");
  f.handler = "sys.exit";
  f.revision = "2";
  EXPECT_EQ(type_of(f), "Runtime.BuiltInModuleConflict");
  f.handler = "missing.handler";
  f.revision = "3";
  const auto error_object = error(f);
  EXPECT_EQ(error_object["errorMessage"], "Unable to import module 'missing': No module named 'missing'");
  EXPECT_EQ(error_object["requestId"], "");
}

TEST_F(RunnerPython, MistakesWhileLoadingAreInTheLogTail) {
  const lambda::InvokeResult result = run(python("print('before')\nraise RuntimeError('unlucky')\n"));
  EXPECT_TRUE(has(result.log_tail, "before\n"));
  EXPECT_TRUE(has(result.log_tail, "RuntimeError: unlucky"));
  EXPECT_TRUE(has(result.log_tail, "REPORT RequestId: " + result.request_id));
}

TEST_F(RunnerPython, InputThatIsNotJson) {
  EXPECT_EQ(error(python("def handler(event, context):\n    pass\n"), "{")["errorType"],
            "Runtime.UnmarshalError");
}

TEST_F(RunnerPython, ResultThatHasNoJson) {
  EXPECT_EQ(error(python("def handler(event, context):\n    return object()\n"))["errorType"],
            "Runtime.MarshalError");
}

TEST_F(RunnerPython, OutputIsLoggedBetweenLambdasLines) {
  const auto f = python(R"(
import logging, sys
print('loading')
def handler(event, context):
    print('out')
    print('err', file=sys.stderr)
    logging.getLogger().warning('logged')
    sys.stdout.write('no line end')
    return None
)");
  const lambda::InvokeResult result = run(f);
  const std::string& id = result.request_id;
  EXPECT_TRUE(begins(result.log_tail, "START RequestId: " + id + " Version: $LATEST\nout\nerr\n[WARNING]\t"));
  EXPECT_TRUE(has(result.log_tail, "Z\t" + id + "\tlogged\nno line end\nEND RequestId: " + id +
                                       "\nREPORT RequestId: " + id + "\tDuration: "));
  EXPECT_TRUE(has(result.log_tail, " MB\tInit Duration: "));
  EXPECT_TRUE(begins(log_of(f), "loading\nSTART "));
  EXPECT_FALSE(has(run(f).log_tail, "Init Duration"));
}

TEST_F(RunnerPython, SeesNothingOfTheServersEnvironment) {
  ::setenv("MILLRACE_TEST_SECRET", "of the server", 1);
  options.endpoint_url = "http://127.0.0.1:4567";
  options.s3_endpoint_url = "http://127.0.0.1:9000";
  auto f = python("import os\ndef handler(event, context):\n    return dict(os.environ)\n");
  f.environment = {{"MINE", "yes"}, {"AWS_REGION", "changed"}, {"TZ", "Europe/Prague"}};
  const auto seen = answer(f);
  ::unsetenv("MILLRACE_TEST_SECRET");
  EXPECT_FALSE(seen.contains("MILLRACE_TEST_SECRET"));
  EXPECT_EQ(seen["MINE"], "yes");
  EXPECT_EQ(seen["AWS_REGION"], "eu-central-1");
  EXPECT_EQ(seen["TZ"], "Europe/Prague");
  EXPECT_EQ(seen["AWS_ENDPOINT_URL"], "http://127.0.0.1:4567");
  EXPECT_EQ(seen["AWS_ENDPOINT_URL_S3"], "http://127.0.0.1:9000");
  EXPECT_EQ(seen["AWS_ACCESS_KEY_ID"], "123456789012");
  EXPECT_EQ(seen["AWS_EXECUTION_ENV"], "AWS_Lambda_python3.11");
  EXPECT_EQ(seen["_HANDLER"], "app.handler");
}

TEST_F(RunnerPython, SixMebibytesInAndOut) {
  const auto f = python("def handler(event, context):\n    return event\n");
  const std::string payload = "\"" + std::string((6 << 20) - 2, 'x') + "\"";
  EXPECT_EQ(run(f, payload).payload, payload);
}

TEST_F(RunnerPython, AnswerThatIsTooLarge) {
  const auto f = python("def handler(event, context):\n    return 'x' * event\n");
  const auto too_large = error(f, std::to_string((6 << 20) + 100));
  EXPECT_EQ(too_large["errorType"], "Function.ResponseSizeTooLarge");
  EXPECT_EQ(too_large["errorMessage"],
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).");
  EXPECT_EQ(answer(f, "3"), "xxx");
}

TEST_F(RunnerPython, CountsWhatItDoes) {
  const auto f = python("def handler(event, context):\n    return 1 / event\n");
  run(f, "1");
  run(f, "0");
  const Labels labels{{"account", f.account}, {"region", f.region}, {"function", f.name}};
  EXPECT_EQ(probes.counter("millrace_lambda_invocations_total", "", labels).value(), 2u);
  EXPECT_EQ(probes.counter("millrace_lambda_errors_total", "", labels).value(), 1u);
  EXPECT_EQ(probes.counter("millrace_lambda_cold_starts_total", "", labels).value(), 1u);
  EXPECT_EQ(probes.histogram("millrace_lambda_duration_seconds", "", labels, {}).count(), 2u);
  EXPECT_TRUE(eventually([this] { return idle_workers() == 1; }));
}

// The names of the series that a function has.
struct Names final : Probes::Visitor {
  std::string name;
  std::set<std::string> with_labels;
  void family(std::string_view n, std::string_view) override { name = n; }
  void series(const Labels& labels, const Counter&) override { add(labels); }
  void series(const Labels& labels, const Gauge&) override { add(labels); }
  void series(const Labels& labels, const Histogram&) override { add(labels); }
  void add(const Labels& labels) {
    if (std::any_of(labels.begin(), labels.end(), [](const auto& l) { return l.first == "function"; }))
      with_labels.insert(name);
  }
};

TEST_F(RunnerPython, ADeletedFunctionsSeriesGo) {
  const auto series = [this] {
    Names names;
    probes.for_each(names);
    return names.with_labels;
  };
  const auto f = python("def handler(event, context):\n    return 1\n");
  run(f, "1");
  probes.held_counter("counted_by_others", "", lambda::function_labels(f.account, f.region, f.name))->add();
  EXPECT_GE(series().size(), 6u);
  EXPECT_TRUE(series().contains("counted_by_others"));
  runner().forget(lambda::function_arn(f.account, f.region, f.name));
  EXPECT_TRUE(eventually([&] { return series().empty(); }));
}

}  // namespace
}  // namespace millrace::functions
