// A service of a few operations that speaks every RPC protocol: what is put in comes out, in each protocol's
// form.
#include <gtest/gtest.h>

#include "api/core/cbor.h"
#include "api/core/protocols/codec.h"
#include "api/core/protocols/query.h"

namespace millrace {
namespace {

// A value that holds itself, as DynamoDB's AttributeValue.
struct Value {
  std::optional<std::string> text, number;
  std::optional<Blob> bytes;
  std::optional<bool> flag;
  std::optional<std::vector<Value>> list;
  std::optional<std::map<std::string, Value>> map;
};
AnyShape value_shape();
constexpr auto kValue = union_of<Value>(
    "AttributeValue", field("S", &Value::text), field("N", &Value::number), field("B", &Value::bytes),
    field("BOOL", &Value::flag), field("L", &Value::list, shaped_by(value_shape)),
    field("M", &Value::map, shaped_by(value_shape)));
AnyShape value_shape() { return kValue; }

struct Dimension {
  std::string name, value;
};
constexpr auto kDimension =
    shape<Dimension>(field("Name", &Dimension::name, required), field("Value", &Dimension::value, required));

struct Everything {
  std::string text;
  std::optional<int> small;
  std::optional<std::int64_t> large;
  std::optional<double> real;
  std::optional<bool> flag;
  std::optional<Blob> bytes;
  std::optional<Time> when;
  std::vector<Dimension> dimensions;
  std::vector<std::string> names;
  std::map<std::string, int> counts;
  std::optional<std::string> unit;
  std::optional<std::map<std::string, Value>> item;
};
constexpr Rules kUnit =
    one_of<"Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes",
           "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count",
           "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second",
           "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second",
           "Count/Second", "None">;
constexpr auto kEverything = shape<Everything>(
    field("Text", &Everything::text, required), field("Small", &Everything::small, range(0, 100)),
    field("Large", &Everything::large), field("Real", &Everything::real), field("Flag", &Everything::flag),
    field("Bytes", &Everything::bytes), field("When", &Everything::when),
    field("Dimensions", &Everything::dimensions, length(0, 30), kDimension),
    field("Names", &Everything::names, flattened), field("Counts", &Everything::counts),
    field("Unit", &Everything::unit, kUnit), field("Item", &Everything::item, kValue));

struct Echo {};
asio::awaitable<Everything> echo(Echo&, const Caller&, Everything in) { co_return in; }
asio::awaitable<Nothing> forget(Echo&, const Caller&, Everything) { co_return Nothing{}; }
const Operation kEcho = operation("Echo", kEverything, kEverything, echo);
const Operation kForget = operation("Forget", kEverything, kNothing, forget);
const Operation* const kOperations[] = {&kEcho, &kForget};

constexpr ServiceModel kModel{.name = "echo",
                              .protocols = bit_of(Protocol::json_1_0, Protocol::json_1_1, Protocol::cbor_1_1,
                                                  Protocol::rpc_v2_cbor, Protocol::query),
                              .target = "Echo_20200101",
                              .xml_namespace = "http://echo.amazonaws.com/doc/2020-01-01/",
                              .error_namespace = "com.amazonaws.echo#",
                              .query_compatible = true,
                              .operations = kOperations};

HttpRequest signed_request(std::string target, const char* type, std::string body) {
  HttpRequest http;
  http.method = "POST";
  http.target = std::move(target);
  http.headers.add("Content-Type", type);
  http.headers.add("X-Amz-Date", "20260101T000000Z");
  http.headers.add("Authorization",
                   "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/echo/aws4_request, "
                   "SignedHeaders=host, Signature=0");
  http.body = std::move(body);
  return http;
}

HttpRequest aws_json(const std::string& operation, const char* type, std::string body) {
  HttpRequest http = signed_request("/", type, std::move(body));
  http.headers.add("X-Amz-Target", "Echo_20200101." + operation);
  return http;
}

HttpRequest rpc_cbor(const std::string& operation, std::string body) {
  HttpRequest http =
      signed_request("/service/Echo_20200101/operation/" + operation, "application/cbor", std::move(body));
  http.headers.add("Smithy-Protocol", "rpc-v2-cbor");
  return http;
}

HttpRequest form(std::string body) {
  return signed_request("/", "application/x-www-form-urlencoded; charset=utf-8", std::move(body));
}

HttpResponse answer(HttpRequest http) {
  Echo service;
  Request request;
  request.id = "id";
  request.http = std::move(http);
  asio::io_context context;
  std::optional<HttpResponse> out;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        try {
          out = co_await handle_rpc(kModel, &service, 1 << 20, request);
        } catch (const ApiError& e) {
          out = codec_of(request.protocol).error(e, request);
        }
      },
      asio::detached);
  context.run();
  return std::move(*out);
}

std::string body_of(const HttpResponse& response) { return std::get<std::string>(response.body); }

constexpr const char* kDocument =
    R"({"Text":"a<b&\"c\"","Small":7,"Large":9007199254740993,"Real":0.5,"Flag":true,"Bytes":"AP/+",)"
    R"("When":1700000000.123,"Dimensions":[{"Name":"Host","Value":"x"},{"Name":"Zone","Value":"y"}],)"
    R"("Names":["m","n"],"Counts":{"a":1,"b":2},"Unit":"Count/Second",)"
    R"("Item":{"k":{"M":{"deep":{"L":[{"S":"s"},{"N":"12345678901234567890123456789012345678"},)"
    R"({"B":"AQI="},{"BOOL":false},{"L":[]},{"M":{}}]}}}}})";

TEST(Protocols, JsonGoesInAndOut) {
  for (const char* type : {"application/x-amz-json-1.0", "application/x-amz-json-1.1"}) {
    const HttpResponse response = answer(aws_json("Echo", type, kDocument));
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(response.headers.get("Content-Type"), type);
    EXPECT_EQ(body_of(response), kDocument);
  }
}

TEST(Protocols, CborGoesInAndOut) {
  const std::string body = to_cbor(OrderedJson::parse(kDocument), kEverything.fields);
  const HttpResponse response = answer(aws_json("Echo", "application/x-amz-cbor-1.1", body));
  EXPECT_EQ(response.headers.get("Content-Type"), "application/x-amz-cbor-1.1");
  EXPECT_EQ(body_of(response), body);
}

TEST(Protocols, RpcCborGoesInAndOutWithTimesInSeconds) {
  const std::string body = to_cbor(OrderedJson::parse(kDocument), kEverything.fields, CborTimes::seconds);
  const HttpResponse response = answer(rpc_cbor("Echo", body));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/cbor");
  EXPECT_EQ(response.headers.get("Smithy-Protocol"), "rpc-v2-cbor");
  EXPECT_EQ(body_of(response), body);
  const Json document = parse_cbor(body_of(response));
  EXPECT_DOUBLE_EQ(document.at("When").get<double>(), 1700000000.123);
}

TEST(Protocols, RpcCborOfAnOperationWithoutOutputIsAnEmptyMap) {
  const HttpResponse response = answer(rpc_cbor("Forget", to_cbor(OrderedJson{{"Text", "x"}}, {})));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(parse_cbor(body_of(response)), Json::object());
}

TEST(Protocols, QueryReadsAFormAndAnswersInXml) {
  const HttpResponse response = answer(
      form("Action=Echo&Version=2020-01-01&Text=a%3Cb&Small=7&Large=9007199254740993&Real=0.5&Flag=true"
           "&Bytes=AP%2F%2B&When=2023-11-14T22%3A13%3A20Z&Dimensions.member.2.Name=Zone"
           "&Dimensions.member.2.Value=y&Dimensions.member.1.Name=Host&Dimensions.member.1.Value=x"
           "&Names.1=m&Names.2=n&Counts.entry.1.key=a&Counts.entry.1.value=1&Unit=None"
           "&Item.entry.1.key=k&Item.entry.1.value.L.member.1.S=s"));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.headers.get("Content-Type"), "text/xml");
  EXPECT_EQ(
      body_of(response),
      "<EchoResponse xmlns=\"http://echo.amazonaws.com/doc/2020-01-01/\"><EchoResult><Text>a&lt;b</Text>"
      "<Small>7</Small><Large>9007199254740993</Large><Real>0.5</Real><Flag>true</Flag>"
      "<Bytes>AP/+</Bytes><When>2023-11-14T22:13:20Z</When><Dimensions><member><Name>Host</Name>"
      "<Value>x</Value></member><member><Name>Zone</Name><Value>y</Value></member></Dimensions>"
      "<Names>m</Names><Names>n</Names><Counts><entry><key>a</key><value>1</value></entry></Counts>"
      "<Unit>None</Unit><Item><entry><key>k</key><value><L><member><S>s</S></member></L></value></entry>"
      "</Item></EchoResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></EchoResponse>");
}

TEST(Protocols, QueryOfAnOperationWithoutOutputHasMetadataAlone) {
  EXPECT_EQ(body_of(answer(form("Action=Forget&Text=x"))),
            "<ForgetResponse xmlns=\"http://echo.amazonaws.com/doc/2020-01-01/\"><ResponseMetadata>"
            "<RequestId>id</RequestId></ResponseMetadata></ForgetResponse>");
}

TEST(Protocols, QueryIsReadFromAGetToo) {
  HttpRequest http = form("");
  http.method = "GET";
  http.target = "/?Action=Forget&Text=x";
  EXPECT_EQ(answer(std::move(http)).status, 200u);
}

TEST(Protocols, AnEmptyParameterIsAnEmptyList) {
  const Json document = document_of_form(kEverything.fields, {{"Dimensions", ""}, {"Text", ""}});
  EXPECT_EQ(document, (Json{{"Dimensions", Json::array()}, {"Text", ""}}));
}

TEST(Protocols, HostileFormsAreReadWithoutHarm) {
  std::string deep = "Item.entry.1.value";
  for (int i = 0; i < 1000; ++i) deep += ".L.member.1";
  const QueryParameters form{
      {"Item.entry.1.key", "k"}, {deep + ".S", "x"}, {"Names.99999999999999999999", "x"},
      {"Names.", "x"},           {"Names.-1", "x"},  {".", ""}};
  EXPECT_THROW((void)document_of_form(kEverything.fields, form), ApiError);
  EXPECT_EQ(document_of_form(kEverything.fields, QueryParameters(form.begin() + 2, form.end())),
            Json::object());
}

TEST(Protocols, FormsOfOtherBytesThanTextAreRefused) {
  EXPECT_THROW((void)document_of_form(kEverything.fields, {{"Text", "\xff"}}), ApiError);
  EXPECT_THROW((void)document_of_form(kEverything.fields, {{"\xc3", "x"}}), ApiError);
}

TEST(Protocols, QueryHasCodesAndStatusOfItsOwn) {
  HttpRequest unsigned_form = form("Action=Forget&Text=x");
  unsigned_form.headers = {};
  unsigned_form.headers.add("Content-Type", "application/x-www-form-urlencoded");
  const HttpResponse response = answer(std::move(unsigned_form));
  EXPECT_EQ(response.status, 403u);
  EXPECT_NE(body_of(response).find("<Code>MissingAuthenticationToken</Code>"), std::string::npos);
  const HttpResponse unknown = answer(form("Action=Nothing&Version=2020-01-01"));
  EXPECT_NE(
      body_of(unknown).find("<Message>Could not find operation Nothing for version 2020-01-01</Message>"),
      std::string::npos);
}

TEST(Protocols, TheSameViolationIsReportedInEachForm) {
  const std::string text =
      "1 validation error detected: Value '101' at 'small' failed to satisfy constraint: Member must have "
      "value "
      "less than or equal to 100";
  const HttpResponse json =
      answer(aws_json("Echo", "application/x-amz-json-1.0", R"({"Text":"x","Small":101})"));
  EXPECT_EQ(body_of(json),
            R"({"__type":"com.amazonaws.echo#ValidationException","message":")" + text + "\"}");
  EXPECT_FALSE(json.headers.find("x-amzn-query-error")) << "was not asked for";
  HttpRequest asking = rpc_cbor("Echo", to_cbor(OrderedJson{{"Text", "x"}, {"Small", 101}}, {}));
  asking.headers.add("X-Amzn-Query-Mode", "true");
  const HttpResponse cbor = answer(std::move(asking));
  EXPECT_EQ(cbor.status, 400u);
  EXPECT_EQ(parse_cbor(body_of(cbor)),
            (Json{{"__type", "com.amazonaws.echo#ValidationException"}, {"message", text}}));
  EXPECT_EQ(cbor.headers.get("x-amzn-query-error"), "ValidationException;Sender");
  EXPECT_EQ(cbor.headers.get("Smithy-Protocol"), "rpc-v2-cbor");
  const std::string xml = body_of(answer(form("Action=Echo&Text=x&Small=101")));
  EXPECT_TRUE(
      xml.starts_with("<ErrorResponse xmlns=\"http://echo.amazonaws.com/doc/2020-01-01/\"><Error>"
                      "<Type>Sender</Type><Code>ValidationError</Code><Message>1 validation"))
      << xml;
  EXPECT_TRUE(xml.ends_with("</Message></Error><RequestId>id</RequestId></ErrorResponse>")) << xml;
}

TEST(Protocols, UnknownOperationsAreReportedInTheProtocolsForm) {
  EXPECT_EQ(answer(rpc_cbor("Nothing", "")).status, 404u);
  EXPECT_EQ(parse_cbor(body_of(answer(rpc_cbor("Nothing", "")))).at("__type"),
            "com.amazonaws.echo#UnknownOperationException");
  const HttpResponse query = answer(form("Action=Nothing"));
  EXPECT_EQ(query.status, 400u);
  EXPECT_NE(body_of(query).find("<Code>InvalidAction</Code>"), std::string::npos);
}

TEST(Protocols, AUnionHasExactlyOneMember) {
  const auto message = [](const char* item) {
    return body_of(answer(aws_json("Echo", "application/x-amz-json-1.0",
                                   std::string(R"({"Text":"x","Item":{"k":)") + item + "}}")));
  };
  EXPECT_NE(message("{}").find(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
            std::string::npos);
  EXPECT_NE(
      message(R"({"S":"a","N":"1"})")
          .find("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
                "supported datatypes"),
      std::string::npos);
  EXPECT_NE(message(R"({"L":[{"M":{"x":{}}}]})").find("Supplied AttributeValue is empty"), std::string::npos);
}

}  // namespace
}  // namespace millrace
