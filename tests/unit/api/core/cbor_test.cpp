#include "api/core/cbor.h"

#include <gtest/gtest.h>

#include "api/core/codec.h"
#include "api/core/json.h"
#include "api/core/validate.h"

namespace millrace {
namespace {

std::string bytes(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

std::string hex(std::string_view data) {
  std::string out;
  for (const char c : data) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(c));
    out += two;
  }
  return out;
}

Json parsed(std::string_view text) { return parse_cbor(bytes(text)); }

// RFC 8949, appendix A.
TEST(Cbor, ReadsTheExamplesOfTheStandard) {
  EXPECT_EQ(parsed("00"), 0);
  EXPECT_EQ(parsed("1864"), 100);
  EXPECT_EQ(parsed("1b000000e8d4a51000"), 1'000'000'000'000);
  EXPECT_EQ(parsed("1bffffffffffffffff"), 18'446'744'073'709'551'615u);
  EXPECT_EQ(parsed("3bffffffffffffffff"), -18446744073709551616.0);
  EXPECT_EQ(parsed("3b7fffffffffffffff"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parsed("20"), -1);
  EXPECT_EQ(parsed("3903e7"), -1000);
  EXPECT_EQ(parsed("f93e00"), 1.5);
  EXPECT_EQ(parsed("fa47c35000"), 100000.0);
  EXPECT_EQ(parsed("fb3ff199999999999a"), 1.1);
  EXPECT_EQ(parsed("f4"), false);
  EXPECT_EQ(parsed("f6"), nullptr);
  EXPECT_EQ(parsed("f7"), nullptr) << "undefined";
  EXPECT_EQ(parsed("6161"), "a");
  EXPECT_EQ(parsed("62c3bc"), "ü");
  EXPECT_EQ(parsed("4401020304"), Json::binary({1, 2, 3, 4}));
  EXPECT_EQ(parsed("80"), Json::array());
  EXPECT_EQ(parsed("8301820203820405"), Json::parse("[1,[2,3],[4,5]]"));
  EXPECT_EQ(parsed("a0"), Json::object());
  EXPECT_EQ(parsed("a26161016162820203"), Json::parse(R"({"a":1,"b":[2,3]})"));
  EXPECT_EQ(parsed("c11a514b67b0"), 1363896240);
}

TEST(Cbor, ReadsWhatHasNoLengthInFront) {
  EXPECT_EQ(parsed("5f42010243030405ff"), Json::binary({1, 2, 3, 4, 5}));
  EXPECT_EQ(parsed("7f657374726561646d696e67ff"), "streaming");
  EXPECT_EQ(parsed("7fff"), "");
  EXPECT_EQ(parsed("9fff"), Json::array());
  EXPECT_EQ(parsed("9f018202039f0405ffff"), Json::parse("[1,[2,3],[4,5]]"));
  EXPECT_EQ(parsed("bf61610161629f0203ffff"), Json::parse(R"({"a":1,"b":[2,3]})"));
  EXPECT_EQ(parsed("bf7f6161ff01ff"), Json::parse(R"({"a":1})")) << "a key in pieces";
}

TEST(Cbor, RefusesWhatIsNone) {
  for (const char* text : {
           "",                    // nothing
           "18",                  // cut short
           "6261",                // a text cut short
           "8201",                // a list cut short
           "a1",                  // a map cut short
           "a16161",              // a key without a value
           "bf6161ff",            // likewise
           "9f01",                // no break
           "0000",                // more than one item
           "a0ff",                // a break that ends nothing
           "ff",                  // likewise
           "8101ff",              // likewise
           "c1",                  // a tag of nothing
           "9fc1ff",              // likewise
           "a10102",              // a key that is no text
           "a1410102",            // likewise
           "a18001",              // likewise
           "a2616101616102",      // a key twice
           "62c328",              // no UTF-8
           "7f62c328ff",          // likewise, in pieces
           "7f61c361bcff",        // a character cut by the pieces
           "5f6161ff",            // a text in a byte string
           "7f4161ff",            // bytes in a text
           "7f7f6161ffff",        // pieces in pieces
           "7f01ff",              // a number in a text
           "5fc14101ff",          // a tag in a byte string
           "f97e00",              // no number
           "f97c00",              // infinite
           "f800",                // a simple value that means nothing
           "e0",                  // likewise
           "1c",                  // reserved
           "1f",                  // likewise
           "9bffffffffffffffff",  // a list longer than all memory
           "5bffffffffffffffff",  // likewise
       })
    EXPECT_TRUE(parsed(text).is_discarded()) << text;
}

TEST(Cbor, KeepsTheBoundsOfJson) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '\x81') + '\0'; };
  EXPECT_FALSE(parse_cbor(nested(kMaxJsonDepth)).is_discarded());
  EXPECT_TRUE(parse_cbor(nested(kMaxJsonDepth + 1)).is_discarded());
  EXPECT_TRUE(parse_cbor(std::string(10'000'000, '\x81')).is_discarded());
  EXPECT_TRUE(parse_cbor(std::string(10'000'000, '\x9f')).is_discarded());
  EXPECT_TRUE(parse_cbor("\x9f" + std::string(kMaxJsonValues, '\0') + "\xff").is_discarded());
  EXPECT_FALSE(parse_cbor("\x9f" + std::string(kMaxJsonValues - 1, '\0') + "\xff").is_discarded());
}

struct Inner {
  Time when;
  std::optional<Blob> data;
};
constexpr auto kInner = shape<Inner>(field("When", &Inner::when), field("Data", &Inner::data));
struct Everything {
  std::string text;
  bool flag = false;
  int small = 0;
  std::int64_t big = 0;
  double real = 0;
  Blob blob;
  Time time;
  std::vector<Time> times;
  std::vector<Inner> list;
  std::map<std::string, Inner> map;
  Inner inner;
};
constexpr auto kEverything = shape<Everything>(
    field("Text", &Everything::text), field("Flag", &Everything::flag), field("Small", &Everything::small),
    field("Big", &Everything::big), field("Real", &Everything::real),
    field("Blob", &Everything::blob, length(0, 3)), field("Time", &Everything::time),
    field("Times", &Everything::times), field("List", &Everything::list, kInner),
    field("Map", &Everything::map, kInner), field("Inner", &Everything::inner, kInner));

TEST(Cbor, ShapesDecodeWhatTheyEncode) {
  Everything all;
  all.text = "té\"xt";
  all.flag = true;
  all.small = -7;
  all.big = 9'000'000'000'000'000'001;
  all.real = -0.25;
  all.blob.bytes = std::string("\0\xff\x80", 3);
  all.time = Time(std::chrono::milliseconds(1'700'000'000'007));
  all.times = {Time(std::chrono::milliseconds(-1)), Time(std::chrono::milliseconds(253'402'300'799'999))};
  all.list = {{all.time, std::nullopt}, {all.time, all.blob}};
  all.map["key"] = {all.time, all.blob};
  all.inner = {all.time, Blob{}};
  const OrderedJson encoded = encode(all, kEverything);
  const std::string cbor = to_cbor(encoded, kEverything.fields);

  const Json object = parse_cbor_object(kEverything.fields, cbor);
  EXPECT_TRUE(object.at("Blob").is_binary());
  EXPECT_TRUE(object.at("List")[1].at("Data").is_binary());
  EXPECT_NO_THROW(check_types(kEverything.fields, object));
  EXPECT_NO_THROW(check_constraints(kEverything.fields, object));
  Everything again;
  decode(again, object, kEverything);
  EXPECT_EQ(encode(again, kEverything), encoded);
  EXPECT_EQ(again.time, all.time);
  EXPECT_EQ(again.times, all.times);
}

TEST(Cbor, TimesAreWholeMillisecondsAndBlobsAreBytes) {
  const Inner inner{Time(std::chrono::milliseconds(1'700'000'000'007)), Blob{"ab"}};
  EXPECT_EQ(hex(to_cbor(encode(inner, kInner), kInner.fields)),
            "bf"
            "645768656e"
            "c1"  // the tag of times
            "1b0000018bcfe56807"
            "6444617461"
            "426162"
            "ff");
}

TEST(Cbor, TimesMayComeTaggedAndWithAFraction) {
  for (const char* number : {"1b0000018bcfe56807", "c11b0000018bcfe56807", "c1fb4278bcfe56807000"}) {
    Inner inner;
    decode(inner, parse_cbor_object(kInner.fields, bytes(std::string("a1645768656e") + number)), kInner);
    EXPECT_EQ(inner.when.time_since_epoch().count(), 1'700'000'000'007) << number;
  }
}

std::string refusal(std::string_view text) {
  try {
    const Json object = parse_cbor_object(kEverything.fields, bytes(text));
    check_types(kEverything.fields, object);
    check_constraints(kEverything.fields, object);
  } catch (const ApiError& e) {
    return e.code() + ": " + e.message();
  }
  return "";
}

TEST(Cbor, WrongTypesAreTold) {
  EXPECT_EQ(refusal("a1645465787441ff"),
            "SerializationException: class java.nio.HeapByteBuffer can not be converted to an String");
  EXPECT_EQ(
      refusal("a164426c6f6201"),
      "SerializationException: class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be "
      "converted to a Blob");
  EXPECT_EQ(refusal("a164426c6f6280"), "SerializationException: Start of list found where not expected");
  EXPECT_EQ(refusal("a1644c697374"
                    "4101"),
            "SerializationException: Expected list or null");
  EXPECT_EQ(
      refusal("a16454696d65"
              "6161"),
      "SerializationException: class java.lang.String can not be converted to milliseconds since epoch");
  EXPECT_EQ(refusal("80"), "SerializationException: ");
}

TEST(Cbor, BlobsAreMeasuredInBytes) {
  EXPECT_EQ(refusal("a164426c6f6243010203"), "");
  EXPECT_EQ(
      refusal("a164426c6f624401020304"),
      "ValidationException: 1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=4 "
      "cap=4]' at 'blob' failed to satisfy constraint: Member must have length less than or equal to 3");
}

}  // namespace
}  // namespace millrace
