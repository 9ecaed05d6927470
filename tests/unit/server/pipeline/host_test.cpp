#include "server/pipeline/host.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

HttpRequest asked_by(const std::string& host) {
  HttpRequest head;
  head.headers.add("Host", host);
  return head;
}

TEST(HostCheck, KnowsWhatNobodyCanRegister) {
  const HostCheck check("http://127.0.0.1:4567", {});
  for (const char* host : {"127.0.0.1:4567", "[::1]:4567", "10.1.2.3", "localhost", "LOCALHOST:1",
                           "millrace:4567", "my_service", "bucket.localhost:4567", "bucket.s3.localhost",
                           "printer.local", "host.docker.internal", "localhost."})
    EXPECT_EQ(check.refusal(asked_by(host)), std::nullopt) << host;
  EXPECT_EQ(check.refusal(HttpRequest()), std::nullopt);  // no browser asks without one
}

TEST(HostCheck, RefusesOtherNamesAndSaysTheRemedy) {
  const HostCheck check("http://127.0.0.1:4567", {});
  for (const char* host : {"evil.example:4567", "127.0.0.1.evil.example", "localhost.evil.example",
                           "evil.example.", "local.example", "1.2.3.4.5", "0x7f.1"})
    EXPECT_NE(check.refusal(asked_by(host)).value_or("").find("--allow-hosts"), std::string::npos) << host;
}

TEST(HostCheck, TakesThePublicUrlAndWhatIsAllowed) {
  const HostCheck check("https://Millrace.Example/", {"one.example", "*.corp.example"});
  for (const char* host : {"millrace.example", "one.example:1", "a.corp.example", "A.CORP.EXAMPLE"})
    EXPECT_EQ(check.refusal(asked_by(host)), std::nullopt) << host;
  for (const char* host : {"a.millrace.example", "two.example", "corp.example"})
    EXPECT_NE(check.refusal(asked_by(host)), std::nullopt) << host;
  EXPECT_EQ(HostCheck("http://h", {"*"}).refusal(asked_by("any.example")), std::nullopt);
}

}  // namespace
}  // namespace millrace
