#include "api/auth/policies/condition.h"

#include <gtest/gtest.h>

namespace millrace::auth {

namespace {

using Texts = std::vector<std::string>;

bool holds(const char* op, const char* key, const Texts& values, bool variables = true) {
  Context keys;
  keys.add("name", "Alice");
  keys.add("path", "home/alice");
  keys.add("count", "10");
  keys.add("now", "2026-01-31T12:00:00Z");
  keys.add("epoch", "1769860800");
  keys.add("secure", "TRUE");
  keys.add("ip", "10.1.2.3");
  keys.add("ip6", "2001:db8::7");
  keys.add("mapped", "::ffff:10.1.2.3");
  keys.add("blob", "YWxpY2U=");
  keys.add("arn", "arn:aws:sns:us-east-1:111122223333:topic:sub");
  keys.add("tags", "a");
  keys.add("tags", "b");
  const auto parsed = parse_operator(op);
  EXPECT_TRUE(parsed) << op;
  return parsed && Condition(*parsed, key, values, variables).holds(keys);
}

struct Case {
  const char* op;
  const char* key;
  Texts values;
  bool expected;
};

class PolicyCondition : public testing::TestWithParam<Case> {};

TEST_P(PolicyCondition, Holds) {
  const Case& c = GetParam();
  EXPECT_EQ(holds(c.op, c.key, c.values), c.expected) << c.op << " " << c.key << " " << c.values[0];
}

INSTANTIATE_TEST_SUITE_P(Strings, PolicyCondition,
                         testing::Values(Case{"StringEquals", "name", {"Alice"}, true},
                                         Case{"StringEquals", "NAME", {"x", "Alice"}, true},
                                         Case{"StringEquals", "name", {"alice"}, false},
                                         Case{"StringEquals", "name", {"A*"}, false},
                                         Case{"StringNotEquals", "name", {"bob"}, true},
                                         Case{"StringNotEquals", "name", {"bob", "Alice"}, false},
                                         Case{"StringEqualsIgnoreCase", "name", {"aLICE"}, true},
                                         Case{"StringNotEqualsIgnoreCase", "name", {"aLICE"}, false},
                                         Case{"StringLike", "path", {"home/*"}, true},
                                         Case{"StringLike", "path", {"Home/*"}, false},
                                         Case{"StringLike", "path", {"home/?lice"}, true},
                                         Case{"StringNotLike", "path", {"home/*"}, false},
                                         Case{"StringEquals", "name", {"${name}"}, true},
                                         Case{"StringEqualsIgnoreCase", "name", {"${name}"}, true},
                                         Case{"StringEquals", "name", {"${none}"}, false},
                                         Case{"StringNotEquals", "name", {"${none}"}, true}));

INSTANTIATE_TEST_SUITE_P(Numbers, PolicyCondition,
                         testing::Values(Case{"NumericEquals", "count", {"10.0"}, true},
                                         Case{"NumericNotEquals", "count", {"10"}, false},
                                         Case{"NumericLessThan", "count", {"9"}, false},
                                         Case{"NumericLessThan", "count", {"9", "11"}, true},
                                         Case{"NumericLessThanEquals", "count", {"10"}, true},
                                         Case{"NumericGreaterThan", "count", {"9.5"}, true},
                                         Case{"NumericGreaterThanEquals", "count", {"11"}, false},
                                         Case{"NumericEquals", "name", {"10"}, false},
                                         Case{"NumericNotEquals", "name", {"10"}, true},
                                         Case{"NumericEquals", "count", {"ten"}, false},
                                         Case{"NumericEquals", "count", {"inf"}, false},
                                         Case{"NumericEquals", "count", {"${count}"}, true}));

INSTANTIATE_TEST_SUITE_P(Dates, PolicyCondition,
                         testing::Values(Case{"DateEquals", "now", {"2026-01-31T12:00:00Z"}, true},
                                         Case{"DateEquals", "now", {"1769860800"}, true},
                                         Case{"DateEquals", "epoch", {"2026-01-31T12:00Z"}, true},
                                         Case{"DateEquals", "now", {"2026-01-31T14:00:00+02:00"}, true},
                                         Case{"DateNotEquals", "now", {"2026-01-31"}, true},
                                         Case{"DateLessThan", "now", {"2026-02-01"}, true},
                                         Case{"DateLessThanEquals", "now", {"2026-01-31T12:00:00Z"}, true},
                                         Case{"DateGreaterThan", "now", {"2026-01-31T11:59:59.999Z"}, true},
                                         Case{"DateGreaterThanEquals", "now", {"2026-02-01"}, false},
                                         Case{"DateLessThan", "name", {"2026-02-01"}, false}));

INSTANTIATE_TEST_SUITE_P(
    Others, PolicyCondition,
    testing::Values(
        Case{"Bool", "secure", {"true"}, true}, Case{"Bool", "secure", {"false"}, false},
        Case{"Bool", "name", {"false"}, false}, Case{"BinaryEquals", "blob", {"YWxpY2U="}, true},
        Case{"BinaryEquals", "blob", {"YWxpY2"}, false}, Case{"IpAddress", "ip", {"10.0.0.0/8"}, true},
        Case{"IpAddress", "ip", {"10.1.2.3"}, true}, Case{"IpAddress", "ip", {"10.1.2.4/31"}, false},
        Case{"IpAddress", "ip", {"0.0.0.0/0"}, true}, Case{"NotIpAddress", "ip", {"10.0.0.0/8"}, false},
        Case{"IpAddress", "ip6", {"2001:DB8::/32"}, true}, Case{"IpAddress", "ip6", {"2001:db9::/32"}, false},
        Case{"IpAddress", "ip6", {"0.0.0.0/0"}, false}, Case{"IpAddress", "ip", {"::/0"}, false},
        Case{"IpAddress", "mapped", {"10.1.2.0/24"}, true}, Case{"IpAddress", "ip", {"10.0.0.0/33"}, false},
        Case{"IpAddress", "ip", {"10.0.0/8"}, false},
        Case{"ArnLike", "arn", {"arn:aws:sns:*:111122223333:topic:*"}, true},
        Case{"ArnEquals", "arn", {"arn:aws:sns:*:*:*"}, true}, Case{"ArnLike", "arn", {"arn:aws:*"}, false},
        Case{"ArnLike", "arn", {"*"}, true}, Case{"ArnLike", "arn", {"arn:aws:s*s:us-*-1:*:topic:sub"}, true},
        Case{"ArnNotLike", "arn", {"arn:aws:sqs:*:*:*"}, true},
        Case{"ArnNotEquals", "arn", {"${arn}"}, false}, Case{"ArnLike", "name", {"arn:*:*:*:*:*"}, false}));

INSTANTIATE_TEST_SUITE_P(
    MissingKeysAndSets, PolicyCondition,
    testing::Values(Case{"StringEquals", "none", {"x"}, false}, Case{"StringNotEquals", "none", {"x"}, true},
                    Case{"NotIpAddress", "none", {"10.0.0.0/8"}, true},
                    Case{"ArnNotLike", "none", {"*"}, true}, Case{"NumericLessThan", "none", {"1"}, false},
                    Case{"StringEqualsIfExists", "none", {"x"}, true},
                    Case{"StringEqualsIfExists", "name", {"x"}, false},
                    Case{"BoolIfExists", "none", {"true"}, true}, Case{"Null", "none", {"true"}, true},
                    Case{"Null", "none", {"false"}, false}, Case{"Null", "name", {"true"}, false},
                    Case{"Null", "name", {"False"}, true}, Case{"StringEquals", "tags", {"b"}, true},
                    Case{"StringNotEquals", "tags", {"b"}, false},
                    Case{"ForAllValues:StringEquals", "tags", {"a", "b", "c"}, true},
                    Case{"ForAllValues:StringEquals", "tags", {"a"}, false},
                    Case{"ForAnyValue:StringEquals", "tags", {"b", "c"}, true},
                    Case{"ForAnyValue:StringEquals", "tags", {"c"}, false},
                    Case{"ForAllValues:StringNotLike", "tags", {"c*"}, true},
                    Case{"ForAnyValue:StringNotEquals", "tags", {"a"}, true},
                    Case{"ForAnyValue:StringNotEquals", "tags", {"a", "b"}, false},
                    Case{"ForAllValues:StringEquals", "none", {"a"}, true},
                    Case{"ForAnyValue:StringEquals", "none", {"a"}, false},
                    Case{"ForAnyValue:StringNotEquals", "none", {"a"}, false},
                    Case{"ForAnyValue:StringEqualsIfExists", "none", {"a"}, true}));

TEST(PolicyConditions, VariablesAreTextInOldDocuments) {
  EXPECT_FALSE(holds("StringEquals", "name", {"${name}"}, false));
}

TEST(PolicyConditions, UnknownOperators) {
  for (const char* name : {"", "stringEquals", "StringMatches", "NullIfExists", "ForAllValues::StringEquals",
                           "IfExists", "StringEqualsIfExistsIfExists"})
    EXPECT_FALSE(parse_operator(name)) << name;
}

TEST(PolicyConditions, Dates) {
  EXPECT_EQ(parse_policy_date("0"), 0);
  EXPECT_EQ(parse_policy_date("1970-01-02"), 86'400'000);
  EXPECT_EQ(parse_policy_date("1969-12-31T23:59:59.5Z"), -500);
  EXPECT_EQ(parse_policy_date("2024-02-29t1"), 1'709'168'400'000);
  EXPECT_EQ(parse_policy_date("2024-02-29T01:00:00-0100"), 1'709'172'000'000);
  EXPECT_TRUE(parse_policy_date("9223372036854775807"));
  EXPECT_EQ(parse_policy_date("-1"), parse_policy_date("-1-01-01T00:00Z"));
  for (const char* text : {"-292275054-12-31", "-292275054", "01T", "2016-1-1T1Z"})
    EXPECT_TRUE(parse_policy_date(text)) << text;
  for (const char* text : {"", "x", "9223372036854775808", "2016-13-01", "2016-12-32", "234-13", "2016-1-1-1",
                           "2016-12-13T24", "2016-12-13T1:60", "2016-12-13t2:00:00.593194+1",
                           "2016-12-13t2:00:00.1999999999+10:59", "2016-12-13T1:00:00Zx", "292278994-01-01"})
    EXPECT_FALSE(parse_policy_date(text)) << text;
}

}  // namespace

}  // namespace millrace::auth
