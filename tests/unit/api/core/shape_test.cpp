#include "api/core/shape.h"

#include <gtest/gtest.h>

#include "api/core/codec.h"
#include "api/core/json.h"
#include "api/core/validate.h"

namespace millrace {
namespace {

struct Entry {
  Blob data;
  std::string key;
};
constexpr auto kEntry = shape<Entry>(field("Data", &Entry::data, required, length(0, 10)),
                                     field("PartitionKey", &Entry::key, required, length(1, 256)));
struct Input {
  std::optional<std::string> name;
  std::vector<Entry> records;
  std::map<std::string, std::string> tags;
  std::optional<int> count;
  std::optional<bool> flag;
  std::optional<Time> when;
  std::optional<std::string> mode;
};
constexpr auto kInput =
    shape<Input>(field("StreamName", &Input::name, length(1, 128), pattern("[a-zA-Z0-9_.-]+")),
                 field("Records", &Input::records, length(1, 2), kEntry),
                 field("Tags", &Input::tags, keys(length(1, 3)), each(length(0, 2))),
                 field("Count", &Input::count, range(1, 5)), field("Flag", &Input::flag),
                 field("When", &Input::when), field("Mode", &Input::mode, one_of<"A", "B">));

// The error's code and text, or the input encoded again.
std::string outcome(std::string_view body) {
  try {
    const Json object = parse_object(body);
    check_types(kInput.fields, object);
    check_constraints(kInput.fields, object);
    Input in;
    decode(in, object, kInput);
    return encode(in, kInput).dump();
  } catch (const ApiError& e) {
    return e.code() + ": " + e.message();
  }
}

std::string one_violation(const std::string& text) {
  return "ValidationException: 1 validation error detected: " + text;
}

TEST(Shape, DecodesWhatItEncodes) {
  const std::string body =
      R"({"StreamName":"s","Records":[{"Data":"YQ==","PartitionKey":"k"}],"Tags":{"a":"b"},"Count":3,"Flag":true,"When":1.5,"Mode":"A"})";
  EXPECT_EQ(outcome(body), body);
}

TEST(Shape, NullMembersCountAsAbsentAndUnknownOnesAreIgnored) {
  EXPECT_EQ(outcome(R"({"StreamName":null,"Nobody":[1,{"x":2}]})"), R"({"Records":[],"Tags":{}})");
}

TEST(Shape, ARefusedValueIsNotRepeatedWithoutABound) {
  const std::string long_text(1 << 20, 'x');
  const std::string name = outcome(R"({"StreamName":")" + long_text + "\"}");
  EXPECT_LT(name.size(), 50'000u);
  EXPECT_TRUE(
      name.ends_with("xxx...' at 'streamName' failed to satisfy constraint: Member must have length less "
                     "than or equal to 128"));
  EXPECT_LT(outcome(R"({"Flag":")" + long_text + "\"}").size(), 50'000u);
  EXPECT_LT(outcome(R"({"Records":[{"PartitionKey":"k","Data":")" + long_text + "\x7f!!!\"}]}").size(),
            50'000u);
  const std::string fits(40'000, 'x');
  std::string tags = R"({"Tags":{)";
  for (int i = 0; i < 20; ++i) tags += (i ? ",\"" : "\"") + std::to_string(1000 + i) + fits + R"(":"xyz")";
  EXPECT_LT(outcome(tags + "}}").size(), 60'000u);
  EXPECT_NE(outcome(R"({"StreamName":")" + fits + "\"}").find("'" + fits + "'"), std::string::npos);
}

TEST(Shape, ATextIsFoundByItsNameOnTheWire) {
  const Input in{.name = "s", .count = 3};
  EXPECT_EQ(text_of(kInput, &in, "StreamName"), "s");
  EXPECT_EQ(text_of(kInput, &in, "Mode"), std::nullopt) << "left out";
  EXPECT_EQ(text_of(kInput, &in, "Count"), std::nullopt) << "no text";
  EXPECT_EQ(text_of(kInput, &in, "Nobody"), std::nullopt);
  const Entry entry{{"x"}, "k"};
  EXPECT_EQ(text_of(kEntry, &entry, "PartitionKey"), "k");
}

TEST(Shape, AFractionIsCutOff) {
  EXPECT_EQ(outcome(R"({"Count":2.9})"), R"({"Records":[],"Tags":{},"Count":2})");
}

TEST(Shape, WrongTypesAnswerInTheWordsOfJava) {
  const std::string s = "SerializationException: ";
  EXPECT_EQ(
      outcome(R"({"StreamName":1})"),
      s + "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String");
  EXPECT_EQ(outcome(R"({"StreamName":true})"),
            s + "class java.lang.Boolean can not be converted to an String");
  EXPECT_EQ(outcome(R"({"StreamName":[]})"), s + "Start of list found where not expected");
  EXPECT_EQ(outcome(R"({"StreamName":{}})"), s + "Start of structure or map found where not expected.");
  EXPECT_EQ(outcome(R"({"Count":"1"})"), s + "class java.lang.String can not be converted to an Integer");
  EXPECT_EQ(outcome(R"({"Count":true})"), s + "class java.lang.Boolean can not be converted to an Integer");
  EXPECT_EQ(outcome(R"({"Flag":"yes"})"), s + "'YES' can not be converted to an Boolean");
  EXPECT_EQ(outcome(R"({"Records":"x"})"), s + "Expected list or null");
  EXPECT_EQ(outcome(R"({"Records":{}})"), s + "Start of structure or map found where not expected.");
  EXPECT_EQ(outcome(R"({"Records":["x"]})"), s + "Expected null");
  EXPECT_EQ(outcome(R"({"Tags":1})"), s + "Expected map or null");
  EXPECT_EQ(outcome(R"({"When":"now"})"),
            s + "class java.lang.String can not be converted to milliseconds since epoch");
}

TEST(Shape, WrongBase64SaysWhatIsWrongWithIt) {
  const auto data = [](const std::string& text) {
    return outcome(R"({"Records":[{"Data":")" + text + R"("}]})");
  };
  const std::string s = "SerializationException: ";
  EXPECT_EQ(data("YQ="),
            s + "'YQ=' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 "
                "bytes but found: 3");
  EXPECT_EQ(data("Y*=="), s + "'Y*==' can not be converted to a Blob: Invalid Base64 character: '*'");
  EXPECT_EQ(data("YR=="),
            s + "'YR==' can not be converted to a Blob: Invalid last non-pad Base64 character dectected");
}

TEST(Shape, BrokenBodiesHaveNoMessage) {
  for (const char* body : {"", "x", "[]", "1", "\"s\"", "{", "{\"a\":}", "{}x", "{\"a\":\"\xff\"}"})
    EXPECT_EQ(outcome(body), "SerializationException: ") << body;
}

TEST(Shape, DeepNestingIsReadWithoutHarm) {
  const auto nested = [](std::size_t depth) {
    return "{\"Nobody\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(outcome(nested(kMaxJsonDepth - 1)), R"({"Records":[],"Tags":{}})");
  EXPECT_EQ(outcome(nested(kMaxJsonDepth)), "SerializationException: ");
  EXPECT_EQ(outcome(nested(200000)), "SerializationException: ");
  EXPECT_EQ(outcome("{\"Nobody\":" + std::string(200000, '[')), "SerializationException: ");
}

TEST(Shape, MoreValuesThanAnyRequestHasAreRefused) {
  const auto many = [](std::size_t values) {
    std::string body = "{\"Nobody\":[0";
    for (std::size_t i = 1; i < values; ++i) body += ",0";
    return body + "]}";
  };
  EXPECT_EQ(outcome(many(100000)), R"({"Records":[],"Tags":{}})");
  EXPECT_EQ(outcome(many(kMaxJsonValues)), "SerializationException: ");
  EXPECT_EQ(outcome("{\"Nobody\":\"" + std::string(300000, ',') + "[[[\\\"{\"}"),
            R"({"Records":[],"Tags":{}})");
}

TEST(Shape, EachConstraintHasItsText) {
  EXPECT_EQ(
      outcome(R"({"StreamName":"a b"})"),
      one_violation("Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular "
                    "expression pattern: [a-zA-Z0-9_.-]+"));
  EXPECT_EQ(outcome(R"({"StreamName":")" + std::string(129, 'a') + "\"}"),
            one_violation(
                "Value '" + std::string(129, 'a') +
                "' at 'streamName' failed to satisfy constraint: Member must have length less than or equal "
                "to 128"));
  EXPECT_EQ(outcome(R"({"Count":6})"),
            one_violation("Value '6' at 'count' failed to satisfy constraint: Member must "
                          "have value less than or equal to 5"));
  EXPECT_EQ(outcome(R"({"Count":0})"),
            one_violation("Value '0' at 'count' failed to satisfy constraint: Member must "
                          "have value greater than or equal to 1"));
  EXPECT_EQ(outcome(R"({"Mode":"C"})"),
            one_violation("Value 'C' at 'mode' failed to satisfy constraint: Member must "
                          "satisfy enum value set: [A, B]"));
  EXPECT_EQ(outcome(R"({"Records":[]})"),
            one_violation("Value '[]' at 'records' failed to satisfy constraint: Member "
                          "must have length greater than or equal to 1"));
  EXPECT_EQ(outcome(R"({"Records":[{"Data":""}]})"),
            one_violation("Value null at 'records.1.member.partitionKey' failed to satisfy constraint: "
                          "Member must not be null"));
  EXPECT_EQ(outcome(R"({"Records":[{"Data":"MTIzNDU2Nzg5MDE=","PartitionKey":"k"}]})"),
            one_violation(
                "Value 'java.nio.HeapByteBuffer[pos=0 lim=11 cap=11]' at 'records.1.member.data' failed to "
                "satisfy constraint: Member must have length less than or equal to 10"));
}

TEST(Shape, ANumberTooLargeForItsTypeIsTheLargestOfIt) {
  EXPECT_EQ(
      outcome(R"({"Count":100000000000})"),
      one_violation("Value '2147483647' at 'count' failed to satisfy constraint: Member must have value "
                    "less than or equal to 5"));
  EXPECT_EQ(
      outcome(R"({"Count":-1e300})"),
      one_violation("Value '-2147483648' at 'count' failed to satisfy constraint: Member must have value "
                    "greater than or equal to 1"));
  EXPECT_EQ(outcome(R"({"Count":5.9})"), R"({"Records":[],"Tags":{},"Count":5})");
}

struct Sparing {
  std::optional<std::string> name;
};
constexpr auto kSparing =
    shape<Sparing>(ignored<std::string>("Id", "nobody has one", length(1, 3)), field("Name", &Sparing::name),
                   refused("Disk", "there are no disks"), ignored<Json>("Any", "nothing depends on it"));

TEST(Shape, AMemberMayBeIgnoredOrRefused) {
  const auto outcome_of = [](const char* body) -> std::string {
    try {
      const Json object = parse_object(body);
      check_types(kSparing.fields, object);
      check_constraints(kSparing.fields, object);
      Sparing in;
      decode(in, object, kSparing);
      EXPECT_EQ(text_of(kSparing, &in, "Id"), std::nullopt);
      EXPECT_EQ(payload_of(kSparing, &in), nullptr);
      return encode(in, kSparing).dump();
    } catch (const ApiError& e) {
      return e.code() + ": " + e.message();
    }
  };
  EXPECT_EQ(outcome_of(R"({"Name":"n","Id":"i","Any":{"x":[1]}})"), R"({"Name":"n"})");
  EXPECT_EQ(
      outcome_of(R"({"Id":"long"})"),
      one_violation("Value 'long' at 'id' failed to satisfy constraint: Member must have length less than "
                    "or equal to 3"));
  EXPECT_EQ(
      outcome_of(R"({"Id":5})"),
      "SerializationException: class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be "
      "converted to an String");
  EXPECT_EQ(outcome_of(R"({"Disk":{"Size":5}})"),
            one_violation("Value '{Size=5}' at 'disk' failed to satisfy constraint: Member is not supported: "
                          "there are no disks"));
  for (const char* nothing : {"null", "{}", "[]", "false", "\"\""})
    EXPECT_EQ(outcome_of((std::string(R"({"Disk":)") + nothing + "}").c_str()), "{}") << nothing;
}

TEST(Shape, SeveralViolationsComeInTheOrderOfTheShape) {
  EXPECT_EQ(
      outcome(R"({"Count":9,"StreamName":""})"),
      "ValidationException: 3 validation errors detected: Value '' at 'streamName' failed to satisfy "
      "constraint: "
      "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at 'streamName' failed to "
      "satisfy constraint: "
      "Member must have length greater than or equal to 1; Value '9' at 'count' failed to satisfy "
      "constraint: Member must have value less than or equal to 5");
}

TEST(Shape, AHyphenBehindARangeIsItselfAsInJava) {
  struct Named {
    std::string name;
  };
  static constexpr auto kNamed =
      shape<Named>(field("Name", &Named::name, pattern("[a-zA-Z0-9-_\\.]+[+=,.@\\-_/]?")));
  const auto passes = [](const std::string& name) {
    try {
      check_constraints(kNamed.fields, Json{{"Name", name}});
    } catch (const ApiError&) {
      return false;
    }
    return true;
  };
  for (const char* name : {"a-b", "-", "_", "Z9-_.", "a@", "a/"}) EXPECT_TRUE(passes(name)) << name;
  for (const char* name : {"", ";", "a;", "a^b", "@"}) EXPECT_FALSE(passes(name)) << name;
}

TEST(JavaLength, CountsUtf16CodeUnits) {
  EXPECT_EQ(java_length("abc"), 3u);
  EXPECT_EQ(java_length("é"), 1u);
  EXPECT_EQ(java_length("😀"), 2u);
}

}  // namespace
}  // namespace millrace
