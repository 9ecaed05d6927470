// Where a request comes in: what is served there, and what the service learns of it.
#include <gtest/gtest.h>

#include "server/pipeline/pipeline.h"

namespace millrace {
namespace {

class TestStatus final : public Status {
 public:
  [[nodiscard]] std::string not_ready() const override { return ""; }
  void refresh_gauges() override {}
};

// Takes every request and remembers who has sent it.
class TestService final : public Service {
 public:
  explicit TestService(const char* name) : model_{.name = name} {}

  [[nodiscard]] const ServiceModel& model() const override { return model_; }
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override {
    caller = request.caller;
    co_return HttpResponse();
  }
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request&) const override {
    HttpResponse response;
    response.status = e.status();
    response.body = e.code() + ": " + e.message();
    return response;
  }
  [[nodiscard]] ApiError internal_failure() const override { return {500, "", ""}; }
  [[nodiscard]] std::uint64_t max_body() const override { return 0; }
  [[nodiscard]] ApiError too_large() const override { return {413, "", ""}; }

  Caller caller;

 private:
  const ServiceModel model_;
};

class ListenerTest : public testing::Test {
 protected:
  // A pipeline with a listener for all, one for S3 alone, and one for metrics.
  void SetUp() override { make({{"all", {}}, {"objects", {"s3"}}, {"watch", {"metrics"}}}); }

  void make(std::vector<Listener> listeners) {
    pipeline_.emplace(PipelineParts{.routes = Routes({{&kinesis, "Kinesis_", {}}}, s3),
                                    .hosts = HostCheck("http://127.0.0.1:1", {}),
                                    .origins = OriginCheck("http://127.0.0.1:1", {}),
                                    .url_cors = [](const HttpRequest&) { return std::nullopt; },
                                    .admin = admin_,
                                    .own_pages = own_pages_,
                                    .probes = probes_,
                                    .default_region = "us-east-1",
                                    .proxies = Networks({"10.0.0.0/8"})},
                      std::move(listeners));
  }

  // The status, and the body of an error.
  std::string ask(std::size_t listener, const std::string& method, const std::string& target,
                  const std::string& amz_target = "") {
    HttpRequest head;
    head.method = method;
    head.target = target;
    head.source = "10.1.1.1";
    head.headers.add("X-Forwarded-For", "198.51.100.1, 203.0.113.7");
    if (!amz_target.empty()) head.headers.add("X-Amz-Target", amz_target);
    const auto exchange = pipeline_->entrance(listener).begin(std::move(head), {});
    HttpResponse response;
    if (exchange->answer) {
      response = std::move(*exchange->answer);
    } else {
      asio::io_context context;
      auto work = asio::make_work_guard(context);  // /metrics is made by another thread
      asio::co_spawn(context, exchange->handle(), [&](const std::exception_ptr&, HttpResponse r) {
        response = std::move(r);
        work.reset();
      });
      context.run();
    }
    const auto* text = std::get_if<std::string>(&response.body);
    return std::to_string(response.status) + (response.status == 200 || !text ? "" : " " + *text);
  }

  TestService kinesis{"kinesis"}, s3{"s3"};

 private:
  static inline Probes probes_;  // of all tests: the steps remember its counters
  TestStatus status_;
  Admin admin_{nullptr, {}, nullptr};
  OwnPages own_pages_{status_, probes_};
  std::optional<Pipeline> pipeline_;
};

TEST_F(ListenerTest, IsKnownToTheService) {
  EXPECT_EQ(ask(0, "POST", "/", "Kinesis_20131202.ListStreams"), "200");
  EXPECT_EQ(kinesis.caller.listener, "all");
  EXPECT_EQ(kinesis.caller.source, "203.0.113.7");
  EXPECT_EQ(ask(1, "GET", "/bucket"), "200");
  EXPECT_EQ(s3.caller.listener, "objects");
}

TEST_F(ListenerTest, ServesNothingElse) {
  EXPECT_EQ(ask(1, "POST", "/", "Kinesis_20131202.ListStreams"),
            "403 AccessDeniedException: The listener \"objects\" does not serve kinesis.");
  EXPECT_EQ(ask(2, "GET", "/bucket"), "403 AccessDenied: The listener \"watch\" does not serve s3.");
  EXPECT_EQ(kinesis.caller.listener, "");
}

TEST_F(ListenerTest, AnswersProbesOfHealthAndTheMetricsThatItNames) {
  for (const std::size_t listener : {0, 1, 2}) EXPECT_EQ(ask(listener, "GET", "/health/ready"), "200");
  EXPECT_EQ(ask(0, "GET", "/metrics"), "200");
  EXPECT_EQ(ask(1, "GET", "/metrics"), "403 The listener \"objects\" does not serve this page.\n");
  EXPECT_EQ(ask(2, "GET", "/metrics"), "200");
  EXPECT_EQ(ask(2, "GET", "/_millrace/clock").substr(0, 3), "403");
}

TEST_F(ListenerTest, NamesServicesThatThereAre) {
  try {
    make({{"wrong", {"kinetic"}}});
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(),
                 "--listen: \"services=kinetic\" names no service; the services are kinesis, s3, metrics");
  }
}

}  // namespace
}  // namespace millrace
