#include "api/lambda/mappings/event_pattern.h"

#include <gtest/gtest.h>

namespace millrace::lambda {
namespace {

using Json = EventPattern::Json;

bool match(const char* pattern, const char* document) {
  return EventPattern(Json::parse(pattern)).matches(Json::parse(document));
}
std::string refusal(const char* pattern) {
  try {
    EventPattern parsed(Json::parse(pattern));
  } catch (const BadPattern& e) {
    return e.what();
  }
  return "taken";
}

TEST(EventPatternTest, ValuesAreEqualByTypeAndCase) {
  EXPECT_TRUE(match(R"({"a":["x","y"]})", R"({"a":"y","b":1})"));
  EXPECT_FALSE(match(R"({"a":["x"]})", R"({"a":"X"})"));
  EXPECT_FALSE(match(R"({"a":["x"]})", R"({})"));
  EXPECT_TRUE(match(R"({"a":[300]})", R"({"a":300.0})"));
  EXPECT_FALSE(match(R"({"a":[300]})", R"({"a":"300"})"));
  EXPECT_TRUE(match(R"({"a":[true]})", R"({"a":true})"));
  EXPECT_TRUE(match(R"({"a":[null]})", R"({"a":null})"));
  EXPECT_FALSE(match(R"({"a":[null]})", R"({"a":[]})"));
  EXPECT_FALSE(match(R"({"a":[null]})", R"({"b":1})"));
  EXPECT_TRUE(match(R"({"a":[""]})", R"({"a":""})"));
}

TEST(EventPatternTest, KeysBesideOneAnotherMustAllMatch) {
  EXPECT_TRUE(match(R"({"a":["x"],"b":{"c":[1]}})", R"({"a":"x","b":{"c":1,"d":2}})"));
  EXPECT_FALSE(match(R"({"a":["x"],"b":{"c":[1]}})", R"({"a":"x","b":{"c":2}})"));
  EXPECT_FALSE(match(R"({"b":{"c":[1]}})", R"({"b":1})"));
}

TEST(EventPatternTest, DotsAreNestingOrPartOfTheName) {
  EXPECT_TRUE(match(R"({"a.b":["x"]})", R"({"a":{"b":"x"}})"));
  EXPECT_TRUE(match(R"({"a.b":["x"]})", R"({"a.b":"x"})"));
  EXPECT_TRUE(match(R"({"a.b.c":["x"]})", R"({"a.b":{"c":"x"}})"));
  EXPECT_FALSE(match(R"({"a.b":["x"]})", R"({"a":{"c":"x"}})"));
  // However many dots and members there are.
  EXPECT_TRUE(match(R"({"a.b.c.d":["x"]})", R"({"a.b":{"c.d":"x"}})"));
  EXPECT_TRUE(match(R"({"a.b.c.d":["x"]})", R"({"a":1,"a.b":2,"a.b.c":{"d":"x"},"b":3,"c":4})"));
  EXPECT_TRUE(match(R"({"a.b.c.d":["x"]})", R"({"a":[{"b":{"c":1}},{"b.c":{"d":"x"}}]})"));
  EXPECT_FALSE(match(R"({"a.b.c.d":["x"]})", R"({"a.bc":{"d":"x"},"a.b":{"c":{"e":"x"}}})"));
  EXPECT_TRUE(match(R"({"a..b":["x"]})", R"({"a":{"":{"b":"x"}}})"));
}

TEST(EventPatternTest, OfAnArrayAnyElementCounts) {
  EXPECT_TRUE(match(R"({"a":["x"]})", R"({"a":["w","x"]})"));
  EXPECT_FALSE(match(R"({"a":["x"]})", R"({"a":["w"]})"));
  EXPECT_TRUE(match(R"({"a":{"b":[1],"c":[2]}})", R"({"a":[{"b":1,"c":1},{"b":1,"c":2}]})"));
  EXPECT_FALSE(match(R"({"a":{"b":[1],"c":[2]}})", R"({"a":[{"b":1},{"c":2}]})")) << "not of one element";
}

TEST(EventPatternTest, Affixes) {
  EXPECT_TRUE(match(R"({"a":[{"prefix":"ab"}]})", R"({"a":"abc"})"));
  EXPECT_TRUE(match(R"({"a":[{"prefix":""}]})", R"({"a":"abc"})"));
  EXPECT_FALSE(match(R"({"a":[{"prefix":"AB"}]})", R"({"a":"abc"})"));
  EXPECT_TRUE(match(R"({"a":[{"prefix":{"equals-ignore-case":"AB"}}]})", R"({"a":"abc"})"));
  EXPECT_TRUE(match(R"({"a":[{"suffix":"bc"}]})", R"({"a":"abc"})"));
  EXPECT_FALSE(match(R"({"a":[{"suffix":"abcd"}]})", R"({"a":"abc"})"));
  EXPECT_TRUE(match(R"({"a":[{"suffix":{"equals-ignore-case":"BC"}}]})", R"({"a":"abc"})"));
  EXPECT_TRUE(match(R"({"a":[{"equals-ignore-case":"aBc"}]})", R"({"a":"AbC"})"));
  EXPECT_FALSE(match(R"({"a":[{"prefix":"abcd"}]})", R"({"a":"abc"})"));
  EXPECT_FALSE(match(R"({"a":[{"equals-ignore-case":"aBc"}]})", R"({"a":"AbCd"})"));
  EXPECT_FALSE(match(R"({"a":[{"prefix":"1"}]})", R"({"a":12})"));
}

TEST(EventPatternTest, AnythingBut) {
  EXPECT_TRUE(match(R"({"a":[{"anything-but":"x"}]})", R"({"a":"y"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":"x"}]})", R"({"a":"x"})"));
  EXPECT_TRUE(match(R"({"a":[{"anything-but":"x"}]})", R"({"a":null})"));
  EXPECT_TRUE(match(R"({"a":[{"anything-but":[1,2]}]})", R"({"a":3})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":[1,2]}]})", R"({"a":2})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":"x"}]})", R"({"b":"y"})")) << "there must be a value";
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"prefix":"x"}}]})", R"({"a":"xy"})"));
  EXPECT_TRUE(match(R"({"a":[{"anything-but":{"suffix":["x","y"]}}]})", R"({"a":"yz"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"equals-ignore-case":["X"]}}]})", R"({"a":"x"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"wildcard":"*/b"}}]})", R"({"a":"a/b"})"));
}

TEST(EventPatternTest, Numeric) {
  EXPECT_TRUE(match(R"({"a":[{"numeric":[">",0,"<=",5]}]})", R"({"a":5})"));
  EXPECT_FALSE(match(R"({"a":[{"numeric":[">",0,"<=",5]}]})", R"({"a":0})"));
  EXPECT_TRUE(match(R"({"a":[{"numeric":["=",3.018e2]}]})", R"({"a":301.8})"));
  EXPECT_FALSE(match(R"({"a":[{"numeric":["<",10]}]})", R"({"a":"5"})"));
  EXPECT_FALSE(match(R"({"a":[{"numeric":["<",10]}]})", R"({"a":null})"));
}

TEST(EventPatternTest, Exists) {
  EXPECT_TRUE(match(R"({"a":[{"exists":true}]})", R"({"a":null})"));
  EXPECT_FALSE(match(R"({"a":[{"exists":true}]})", R"({"a":{"b":1}})")) << "a leaf only";
  EXPECT_FALSE(match(R"({"a":[{"exists":true}]})", R"({"a":[]})"));
  EXPECT_TRUE(match(R"({"a":[{"exists":false}]})", R"({"b":1})"));
  EXPECT_TRUE(match(R"({"a":{"b":[{"exists":false}]}})", R"({"c":1})")) << "nor its parent";
  EXPECT_FALSE(match(R"({"a":[{"exists":false}]})", R"({"a":0})"));
  EXPECT_TRUE(match(R"({"a":{"b":[{"exists":true}]}})", R"({"a":[{"c":1},{"b":2}]})"));
  EXPECT_TRUE(match(R"({"a":["x",{"exists":false}]})", R"({})"));
}

TEST(EventPatternTest, Wildcard) {
  EXPECT_TRUE(match(R"({"a":[{"wildcard":"a*c"}]})", R"({"a":"abbc"})"));
  EXPECT_TRUE(match(R"({"a":[{"wildcard":"a*c"}]})", R"({"a":"ac"})"));
  EXPECT_FALSE(match(R"({"a":[{"wildcard":"ab*ba"}]})", R"({"a":"aba"})")) << "the ends do not overlap";
  EXPECT_TRUE(match(R"({"a":[{"wildcard":"*b*d*"}]})", R"({"a":"abcde"})"));
  EXPECT_FALSE(match(R"({"a":[{"wildcard":"*d*b*"}]})", R"({"a":"abcde"})"));
  EXPECT_TRUE(match(R"({"a":[{"wildcard":"a\\*"}]})", R"({"a":"a*"})"));
  EXPECT_FALSE(match(R"({"a":[{"wildcard":"a\\*"}]})", R"({"a":"ab"})"));
}

TEST(EventPatternTest, Cidr) {
  EXPECT_TRUE(match(R"({"a":[{"cidr":"10.0.0.0/24"}]})", R"({"a":"10.0.0.255"})"));
  EXPECT_FALSE(match(R"({"a":[{"cidr":"10.0.0.0/24"}]})", R"({"a":"10.0.1.0"})"));
  EXPECT_TRUE(match(R"({"a":[{"cidr":"2001:db8::/32"}]})", R"({"a":"2001:db8:1::1"})"));
  EXPECT_FALSE(match(R"({"a":[{"cidr":"10.0.0.0/24"}]})", R"({"a":"no address"})"));
}

TEST(EventPatternTest, Or) {
  EXPECT_TRUE(match(R"({"a":[1],"$or":[{"b":[2]},{"c":[3]}]})", R"({"a":1,"c":3})"));
  EXPECT_FALSE(match(R"({"a":[1],"$or":[{"b":[2]},{"c":[3]}]})", R"({"a":1,"c":4})"));
  EXPECT_FALSE(match(R"({"a":[1],"$or":[{"b":[2]},{"c":[3]}]})", R"({"a":2,"c":3})"));
  EXPECT_TRUE(match(R"({"$or":["x"]})", R"({"$or":"x"})")) << "a key like any";
}

TEST(EventPatternTest, RefusesWhatIsNoPattern) {
  EXPECT_EQ(refusal("[]"), "Filter is not an object");
  EXPECT_EQ(refusal(R"({"x":"y"})"), "\"x\" must be an object or an array");
  EXPECT_EQ(refusal(R"({"x":[]})"), "Empty arrays are not allowed");
  EXPECT_EQ(refusal(R"({"x":[{"like":"y"}]})"), "Unrecognized match type like");
  EXPECT_EQ(refusal(R"({"x":[{"numeric":5}]})"), "Value of numeric must be an array.");
  EXPECT_EQ(refusal(R"({"x":[{"numeric":[">",1,">",2]}]})"), "Bad numeric range operator: >");
  EXPECT_EQ(refusal(R"({"x":[{"numeric":["<","1"]}]})"), "Value of < must be numeric");
  EXPECT_EQ(refusal(R"({"x":[{"prefix":1}]})"), "prefix match pattern must be a string");
  EXPECT_EQ(refusal(R"({"x":[{"anything-but":[1,"a"]}]})"),
            "Value of anything-but must be an array or single string/number value.");
  EXPECT_EQ(refusal(R"({"x":[{"anything-but":{"prefix":""}}]})"), "Null prefix/suffix not allowed");
  EXPECT_EQ(refusal(R"({"x":[{"wildcard":1}]})"), "wildcard match pattern must be a string");
  EXPECT_EQ(refusal(R"({"x":[{"wildcard":"a**b"}]})"), "Consecutive wildcard characters at pos 1");
  EXPECT_NE(refusal(R"({"x":[{"cidr":"10.0.0.0"}]})"), "taken");
  std::string deep = "[1]";
  for (int i = 0; i < 100; ++i) deep = "{\"a\":" + deep + "}";
  EXPECT_NE(refusal(deep.c_str()), "taken");
}

}  // namespace
}  // namespace millrace::lambda
