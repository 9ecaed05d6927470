// A request and an answer in REST-XML: what stands in path, query, headers and body, and which bytes come
// out.
#include <gtest/gtest.h>

#include "api/core/header_fields.h"
#include "api/core/members.h"
#include "api/core/protocols/codec.h"
#include "api/core/protocols/rest_json.h"

namespace millrace {
namespace {

struct Named {
  std::string bucket;
};
constexpr auto kNamed = members(field("Bucket", &Named::bucket, in_path));

struct Grantee {
  std::optional<std::string> type, id;
};
constexpr auto kGrantee =
    shape<Grantee>(field("xsi:type", &Grantee::type, xml_attribute), field("ID", &Grantee::id));
struct Rules {
  std::vector<std::string> origins, methods;
  std::optional<Grantee> grantee;
  std::map<std::string, std::string> labels;
  std::optional<Time> since;
};
constexpr auto kRules =
    shape<Rules>(field("Origins", &Rules::origins, in_xml("Origin"), flattened),
                 field("Methods", &Rules::methods, members_called("Method"), length(0, 2)),
                 field("Grantee", &Rules::grantee, kGrantee), field("Labels", &Rules::labels),
                 field("Since", &Rules::since, TimeForm::iso8601_millis));
constexpr std::array kKept{"Content-Type", "x-amz-meta-"};
struct PutRules : Named {
  std::optional<std::string> prefix;
  HeaderFields kept;
  std::optional<Rules> rules;
};
constexpr auto kPutRules =
    shape_of<PutRules>(kNamed, field("prefix", &PutRules::prefix, in_query),
                       field("Kept", &PutRules::kept, in_header, named(kKept)),
                       field("RulesConfiguration", &PutRules::rules, in_payload, kRules));

struct RulesAnswer {
  std::string region;
  Rules rules;
};
constexpr auto kRulesAnswer =
    shape<RulesAnswer>(field("x-region", &RulesAnswer::region, in_header),
                       field("RulesConfiguration", &RulesAnswer::rules, in_payload, kRules));
struct ListAnswer {
  HeaderFields kept;
  std::vector<std::string> names;
};
constexpr auto kListAnswer = shape<ListAnswer>(field("Kept", &ListAnswer::kept, in_header, named(kKept)),
                                               field("Names", &ListAnswer::names, members_called("Name")));
struct Location {
  std::string location;
};
constexpr auto kLocation = shape<Location>(field("Location", &Location::location, in_header));

constexpr ServiceModel kModel{
    .name = "rules", .protocols = bit_of(Protocol::rest_xml), .xml_namespace = "urn:r"};

PutRules read(std::string body, const std::string& query = "") {
  const Operation op{.name = "PutRules", .input = kPutRules};
  Request request;
  request.model = &kModel;
  request.protocol = Protocol::rest_xml;
  request.path = {{"Bucket", "b"}};
  request.http.target = "/b?" + query;
  request.http.headers.add("X-Amz-Meta-B", "2: two");
  request.http.headers.add("Host", "localhost");
  request.http.headers.add("content-type", "text/plain");
  request.http.headers.add("X-Amz-Meta-a", "1");
  request.http.body = std::move(body);
  PutRules in;
  decode(op.input, &in, rest_xml_codec().parse(op, request));
  return in;
}

std::string code_of(const std::string& body) {
  try {
    (void)read(body);
  } catch (const ApiError& e) {
    return e.code();
  }
  return "ok";
}

HttpResponse written(AnyShape shape, const void* output, const char* root = nullptr) {
  Operation op{.name = "GetRules", .output = shape};
  op.binding.xml_root = root;
  Request request;
  request.model = &kModel;
  return rest_xml_codec().write(op, encode(shape, output), request);
}

TEST(RestXml, ReadsPathQueryHeadersAndBody) {
  const PutRules in = read(
      "<r:RulesConfiguration xmlns:r=\"urn:r\" xmlns:xsi=\"urn:x\"><r:Origin>a</r:Origin>"
      "<Grantee xsi:type=\"User\"><ID>i</ID></Grantee><Origin>b</Origin><Other/>"
      "<Methods><Method>GET</Method></Methods><Since>2023-11-14T22:13:20.000Z</Since></r:RulesConfiguration>",
      "prefix=&prefix=later");
  EXPECT_EQ(in.bucket, "b");
  EXPECT_EQ(in.prefix, "") << "the first counts, also when it is empty";
  EXPECT_EQ(in.kept, (HeaderFields{"X-Amz-Meta-B:2: two", "content-type:text/plain", "X-Amz-Meta-a:1"}));
  EXPECT_EQ(headers_of(in.kept).get("x-amz-meta-b"), "2: two");
  ASSERT_TRUE(in.rules);
  EXPECT_EQ(in.rules->origins, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(in.rules->methods, std::vector<std::string>{"GET"});
  EXPECT_EQ(in.rules->grantee->type, "User");
  EXPECT_EQ(in.rules->since, Time(std::chrono::seconds(1'700'000'000)));
  EXPECT_FALSE(read("").rules);
}

TEST(RestXml, RefusesDocumentsThatAreNotOfTheShape) {
  EXPECT_EQ(code_of("<RulesConfiguration/>"), "ok");
  for (const char* bad : {"{}", "<Other/>", "<RulesConfiguration>",
                          "<RulesConfiguration><Origin><a/></Origin></RulesConfiguration>",
                          "<RulesConfiguration><Methods><Verb>GET</Verb></Methods></RulesConfiguration>"})
    EXPECT_EQ(code_of(bad), "MalformedXML") << bad;
}

TEST(RestXml, StopsAtTheMostMembersOfAList) {
  const auto methods = [](int n) {
    std::string all;
    for (int i = 0; i < n; ++i) all += "<Method/>";
    return "<RulesConfiguration><Methods>" + all + "</Methods></RulesConfiguration>";
  };
  EXPECT_EQ(code_of(methods(2)), "ok");
  EXPECT_EQ(code_of(methods(3)), "MalformedXML");
}

TEST(RestXml, WritesAStructureAsTheBody) {
  RulesAnswer out;
  out.region = "eu";
  out.rules.origins = {"a<", "b"};
  out.rules.grantee = Grantee{"User", "i"};
  out.rules.labels = {{"k", "v"}};
  out.rules.since = Time(std::chrono::milliseconds(1'700'000'000'500));
  const HttpResponse response = written(kRulesAnswer, &out);
  EXPECT_EQ(response.headers.begin()->first, "Content-Type");
  EXPECT_EQ(response.headers.get("x-region"), "eu");
  EXPECT_EQ(std::get<std::string>(response.body),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<RulesConfiguration xmlns=\"urn:r\">"
            "<Origin>a&lt;</Origin><Origin>b</Origin><Methods></Methods>"
            "<Grantee xsi:type=\"User\"><ID>i</ID></Grantee>"
            "<Labels><entry><key>k</key><value>v</value></entry></Labels>"
            "<Since>2023-11-14T22:13:20.500Z</Since></RulesConfiguration>");
}

TEST(RestXml, WritesMembersUnderTheRootOfTheBinding) {
  ListAnswer out;
  out.kept = {"content-type:text/plain", "x-amz-meta-b:2", "x-amz-meta-a:1: one"};
  out.names = {"x"};
  const HttpResponse response = written(kListAnswer, &out, "ListOfNames");
  std::string headers;
  for (const auto& [name, value] : response.headers) headers += name + "=" + value + ";";
  EXPECT_EQ(headers,
            "Content-Type=application/xml;content-type=text/plain;x-amz-meta-b=2;x-amz-meta-a=1: one;");
  EXPECT_TRUE(std::get<std::string>(response.body)
                  .ends_with("<ListOfNames xmlns=\"urn:r\"><Names><Name>x</Name></Names></ListOfNames>"));
}

TEST(RestXml, WritesNoDocumentWithoutMembersInTheBody) {
  const Location out{"/b"};
  const HttpResponse response = written(kLocation, &out);
  EXPECT_EQ(response.headers.get("Location"), "/b");
  EXPECT_FALSE(response.headers.find("Content-Type"));
  EXPECT_EQ(std::get<std::string>(response.body), "");
}

TEST(RestXml, OfAnOperationWithoutMembersInTheBodyItIsNotLookedAt) {
  const Operation op{.name = "GetRules", .input = kLocation};
  Request request;
  request.http.body = "no document";
  EXPECT_EQ(rest_xml_codec().parse(op, request), Json::object());
}

TEST(RestBinding, MatchesMethodPathAndQuery) {
  const HttpBinding binding{"GET", "/{Bucket}/{Key+}?part&type=2"};
  const auto shown = [&](const char* method, const char* path, const char* query) -> std::string {
    const auto parts = match(binding, method, path, parse_query(query));
    if (!parts) return "no";
    std::string out;
    for (const auto& [name, value] : *parts) out += name + "=" + value + ";";
    return out;
  };
  EXPECT_EQ(shown("GET", "/b/k%20/x/", "part&type=2&more"), "Bucket=b;Key=k /x/;");
  EXPECT_EQ(shown("GET", "/b//", "type=2&part=7"), "Bucket=b;Key=/;");
  EXPECT_EQ(shown("PUT", "/b/k", "part&type=2"), "no");
  EXPECT_EQ(shown("GET", "/b/k", "part&type=3"), "no");
  EXPECT_EQ(shown("GET", "/b/k", "type=2"), "no");
  EXPECT_EQ(shown("GET", "/b/", "part&type=2"), "no");
  EXPECT_EQ(shown("GET", "/", "part&type=2"), "no");
}

TEST(TextOf, FollowsAPathThroughListsAndStructures) {
  RulesAnswer out;
  out.rules.origins = {"a", "b"};
  out.rules.grantee = Grantee{"User", "i"};
  const AnyShape shape = kRulesAnswer;
  EXPECT_EQ(text_of(shape, &out, "RulesConfiguration.Origins.1"), "b");
  EXPECT_EQ(text_of(shape, &out, "RulesConfiguration.Grantee.ID"), "i");
  for (const char* none :
       {"RulesConfiguration.Origins.2", "RulesConfiguration.Origins.x", "RulesConfiguration",
        "RulesConfiguration.Since", "RulesConfiguration.Grantee.ID.x", "", "."})
    EXPECT_FALSE(text_of(shape, &out, none)) << none;
}

}  // namespace
}  // namespace millrace
