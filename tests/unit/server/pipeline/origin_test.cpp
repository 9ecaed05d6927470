#include "server/pipeline/origin.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

HttpRequest request(const Fields& fields, const std::string& method = "GET") {
  HttpRequest head;
  head.method = method;
  head.headers.add("Host", "127.0.0.1:4567");
  for (const auto& [name, value] : fields) head.headers.add(name, value);
  return head;
}

Page page_of(const Fields& fields, std::vector<std::string> allowed = {}, const std::string& method = "GET") {
  return OriginCheck("http://millrace.example", std::move(allowed)).page_of(request(fields, method));
}

TEST(OriginCheck, NoPageSendsWhatABrowserDoesNotMark) {
  EXPECT_EQ(page_of({}), Page::none);
  EXPECT_EQ(page_of({{"Sec-Fetch-Site", "none"}}), Page::none);
  EXPECT_EQ(page_of({{"Sec-Fetch-Site", "same-origin"}, {"Referer", "http://127.0.0.1:4567/x"}}), Page::none);
  EXPECT_EQ(page_of({{"Referer", "android-app://com.example"}}), Page::none);
}

TEST(OriginCheck, OwnIsTheHostThatIsAskedAndThePublicUrl) {
  EXPECT_EQ(page_of({{"Origin", "http://127.0.0.1:4567"}}), Page::own);
  EXPECT_EQ(page_of({{"Origin", "http://millrace.example"}}), Page::own);
  EXPECT_EQ(page_of({{"Origin", "https://millrace.example"}}), Page::foreign);
}

TEST(OriginCheck, PagesOfThisMachineAndOfTheListAreAllowed) {
  for (const char* origin : {"http://localhost:3000", "https://localhost", "http://127.0.0.1",
                             "http://[::1]:8", "http://app.localhost:1"})
    EXPECT_EQ(page_of({{"Origin", origin}}), Page::allowed) << origin;
  const std::vector<std::string> list{"https://app.example", "http://*.corp.example:8080"};
  EXPECT_EQ(page_of({{"Origin", "https://app.example"}}, list), Page::allowed);
  EXPECT_EQ(page_of({{"Origin", "http://a.corp.example:8080"}}, list), Page::allowed);
  for (const char* origin : {"http://app.example", "https://app.example:1", "https://b.app.example",
                             "http://a.corp.example", "http://corp.example:8080"})
    EXPECT_EQ(page_of({{"Origin", origin}}, list), Page::foreign) << origin;
  EXPECT_EQ(page_of({{"Origin", "null"}}, {"*"}), Page::allowed);
}

TEST(OriginCheck, AllElseIsForeign) {
  for (const char* origin : {"null", "http://evil.example", "https://localhost.evil.example", "file://", "o",
                             "", "chrome-extension://abcdef", "http://localhost, http://evil.example"})
    EXPECT_EQ(page_of({{"Origin", origin}}), Page::foreign) << origin;
}

TEST(OriginCheck, WithoutAnOriginTheBrowserStillTells) {
  const Fields image{
      {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}, {"Sec-Fetch-Dest", "image"}};
  EXPECT_EQ(page_of(image), Page::foreign);
  EXPECT_EQ(page_of({{"Sec-Fetch-Site", "cross-site"}}), Page::foreign);
  EXPECT_EQ(page_of({{"Sec-Fetch-Site", "same-site"}}), Page::foreign);
  EXPECT_EQ(page_of({{"Sec-Fetch-Site", "same-site"}, {"Referer", "http://localhost:3000/"}}), Page::allowed);
  EXPECT_EQ(page_of({{"Referer", "http://evil.example/page?x"}}), Page::foreign);
  EXPECT_EQ(page_of({{"Referer", "https://app.example/page"}}, {"https://app.example"}), Page::allowed);
}

TEST(OriginCheck, APageThatAUserOpensIsNone) {
  const Fields link{
      {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "document"}};
  EXPECT_EQ(page_of(link), Page::none);
  EXPECT_EQ(page_of(link, {}, "POST"), Page::foreign);  // a form
  const Fields frame{
      {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "iframe"}};
  EXPECT_EQ(page_of(frame), Page::foreign);
  EXPECT_EQ(page_of({{"Referer", "http://wiki.example/"}, {"Accept", "text/html,*/*"}}), Page::none);
}

TEST(Preflight, IsGrantedWhatItAsksForToItsOriginAlone) {
  const HttpRequest asking = request({{"Origin", "http://localhost:1"},
                                      {"Access-Control-Request-Headers", "a, b"},
                                      {"Access-Control-Request-Method", "PUT"}},
                                     "OPTIONS");
  EXPECT_TRUE(is_preflight(asking));
  const HttpResponse answer = answer_preflight(asking);
  EXPECT_EQ(answer.headers.get("Access-Control-Allow-Origin"), "http://localhost:1");
  EXPECT_EQ(answer.headers.get("Access-Control-Allow-Headers"), "a, b");
  EXPECT_EQ(answer.headers.get("Access-Control-Allow-Methods"), "PUT");
  EXPECT_EQ(answer.headers.get("Vary"), "Origin");
}

}  // namespace
}  // namespace millrace
