#include "api/lambda/urls/function_url.h"

#include <gtest/gtest.h>

#include "api/core/json.h"
#include "api/lambda/invocation.h"

namespace millrace::lambda {
namespace {

std::string body_of(const HttpResponse& response) { return std::get<std::string>(response.body); }

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(UrlResponse, IsWhatTheFunctionSays) {
  const HttpResponse r = url_response(
      R"({"statusCode":201,"headers":{"X-A":"b","X-N":1},"cookies":["a=1"],"body":"q\"","isBase64Encoded":false})");
  EXPECT_EQ(r.status, 201u);
  EXPECT_EQ(r.headers.get("x-a"), "b");
  EXPECT_EQ(r.headers.get("x-n"), "1");
  EXPECT_EQ(r.headers.get("set-cookie"), "a=1");
  EXPECT_EQ(body_of(r), "q\"");
  EXPECT_EQ(url_response(R"({"statusCode":"418","body":"tea"})").status, 418u);  // AWS takes it as text too
  EXPECT_EQ(body_of(url_response(R"({"statusCode":200,"body":{"a": [1]}})")), R"({"a": [1]})");
  EXPECT_EQ(body_of(url_response(R"({"statusCode":200,"body":null})")), "");
  EXPECT_EQ(body_of(url_response(R"({"statusCode":200,"body":"YQ==","isBase64Encoded":true})")), "a");
}

TEST(UrlResponse, OfAStatusWithoutContentHasNone) {
  for (const char* status : {"204", "205", "304"}) {
    const HttpResponse r =
        url_response(R"({"statusCode":)" + std::string(status) + R"(,"headers":{"x":"y"},"body":"text"})");
    EXPECT_EQ(r.status, std::stoul(status));
    EXPECT_EQ(r.headers.get("x"), "y");
    EXPECT_EQ(body_of(r), "");
  }
}

TEST(UrlResponse, OfAnythingElseIsTheBody) {
  // Texts of recordings of AWS: a string is its text, what is no string its JSON without white space.
  const std::pair<const char*, const char*> answers[] = {{"", ""},
                                                         {"null", "null"},
                                                         {"[\"hello\", 3, true]", "[\"hello\",3,true]"},
                                                         {" \"te xt\\n\" ", "te xt\n"},
                                                         {"3.10", "3.10"},
                                                         {"{\"a b\" : \"\\\" \"}", "{\"a b\":\"\\\" \"}"},
                                                         {"not JSON", "not JSON"},
                                                         {"{\"statusCode\":", "{\"statusCode\":"}};
  for (const auto& [answer, body] : answers) {
    const HttpResponse r = url_response(answer);
    EXPECT_EQ(r.status, 200u);
    EXPECT_EQ(body_of(r), body);
  }
}

TEST(UrlResponse, OfAWrongFormIs502) {
  for (const char* bad : {R"({"statusCode":"20x"})", R"({"statusCode":""})", R"({"statusCode":100})",
                          R"({"statusCode":1e99})", R"({"statusCode":null})", R"({"statusCode":[]})",
                          R"({"statusCode":200,"body":"?","isBase64Encoded":true})"})
    EXPECT_EQ(url_response(bad).status, 502u) << bad;
}

TEST(UrlResponse, MembersOfWrongTypesAreLeftOut) {
  const HttpResponse r = url_response(
      R"({"statusCode":200,"headers":["x"],"cookies":{"a":1},"isBase64Encoded":"yes","body":"b"})");
  EXPECT_EQ(r.status, 200u);
  EXPECT_EQ(body_of(r), "b");
  // Neither may split the answer, nor say where it ends.
  const HttpResponse forged = url_response(
      R"({"statusCode":200,"headers":{"a\r\nb":"c","":"d","e f":"g","Content-Length":"5","X":"y"}})");
  EXPECT_EQ(std::distance(forged.headers.begin(), forged.headers.end()), 2);
  const HttpResponse split =
      url_response(R"({"statusCode":200,"headers":{"X":"a\r\nSet-Cookie: b"},"cookies":["c\nd","e"]})");
  EXPECT_EQ(split.headers.get("X"), "");
  EXPECT_EQ(split.headers.get("Set-Cookie"), "e");
  EXPECT_EQ(forged.headers.get("X"), "y");
}

std::string with_headers(std::size_t count, std::size_t bytes_each = 1) {
  std::string fields;
  for (std::size_t i = 0; i < count; ++i)
    fields += (i ? ",\"a" : "\"a") + std::to_string(i) + "\":\"" + std::string(bytes_each, 'v') + '"';
  return R"({"statusCode":200,"headers":{)" + fields + "}}";
}

TEST(UrlResponse, IsBoundInItsHeaders) {
  const HttpResponse r = url_response(with_headers(1000));
  EXPECT_EQ(r.status, 200u);
  EXPECT_EQ(r.headers.get("a999"), "v");
  EXPECT_EQ(url_response(with_headers(1001)).status, 502u);
  EXPECT_EQ(url_response(with_headers(80'000)).status, 502u);
  EXPECT_EQ(url_response(with_headers(10, 4000)).status, 200u);
  EXPECT_EQ(url_response(with_headers(10, 5000)).status, 502u);
  EXPECT_EQ(url_response(with_headers(1, 5'000'000)).status, 502u);
  std::string cookies;
  for (int i = 0; i < 80'000; ++i) cookies += i ? ",\"c\"" : "\"c\"";
  EXPECT_EQ(url_response(R"({"statusCode":200,"cookies":[)" + cookies + "]}").status, 502u);
}

TEST(UrlResponse, HasEachHeaderOnce) {
  const HttpResponse r =
      url_response(R"({"statusCode":200,"headers":{"content-TYPE":"text/plain","X-A":"1","x-a":"2"}})");
  EXPECT_EQ(std::distance(r.headers.begin(), r.headers.end()), 2);
  EXPECT_EQ(r.headers.get("Content-Type"), "text/plain");
  EXPECT_EQ(r.headers.get("X-A"), "2");
}

TEST(UrlResponse, SaysNothingOfTheConnection) {
  const HttpResponse r = url_response(
      R"({"statusCode":200,"headers":{"Upgrade":"h2c","Keep-Alive":"timeout=1","TE":"trailers","Trailer":"X",)"
      R"("Proxy-Connection":"close","Connection":"upgrade","Transfer-Encoding":"chunked","X":"y"}})");
  EXPECT_EQ(std::distance(r.headers.begin(), r.headers.end()), 2);
  EXPECT_EQ(r.headers.get("X"), "y");
}

TEST(UrlResponse, IsBoundInDepth) {
  EXPECT_EQ(url_response(R"({"statusCode":200,"body":)" + nested(9'999) + "}").status, 200u);
  EXPECT_EQ(url_response(R"({"statusCode":200,"body":)" + nested(10'000) + "}").status, 502u);
  EXPECT_EQ(url_response(R"({"statusCode":200,"body":)" + nested(3'000'000) + "}").status, 502u);
  EXPECT_EQ(url_response(R"({"statusCode":200,"headers":{"x":)" + nested(3'000'000) + "}}").status, 502u);
}

TEST(ErrorMessage, IsAStringOrNone) {
  EXPECT_EQ(error_message_of(R"({"errorMessage":"boom","errorType":"E"})"), "boom");
  for (const std::string none : {"", "no", "{}", "[]", R"({"errorMessage":42})", R"({"errorMessage":null})",
                                 R"({"errorMessage":["a"]})"})
    EXPECT_EQ(error_message_of(none), std::nullopt) << none;
  EXPECT_EQ(error_message_of(R"({"errorMessage":)" + nested(3'000'000) + "}"), std::nullopt);
}

}  // namespace
}  // namespace millrace::lambda
