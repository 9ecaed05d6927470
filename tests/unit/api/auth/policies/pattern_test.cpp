#include "api/auth/policies/pattern.h"

#include <gtest/gtest.h>

namespace millrace::auth {

namespace {

bool matches(std::string_view pattern, std::string_view text, PatternSyntax syntax = {.variables = true}) {
  Context keys;
  keys.add("aws:username", "alice");
  keys.add("star", "*");
  keys.add("several", "a");
  keys.add("several", "b");
  return Pattern(pattern, syntax).matches(text, keys);
}

TEST(PolicyPattern, Wildcards) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("abc", "abc"));
  EXPECT_FALSE(matches("abc", "abcd"));
  EXPECT_FALSE(matches("abc", "ABC"));
  EXPECT_TRUE(matches("ab*", "ab"));
  EXPECT_TRUE(matches("ab*", "abcd:/"));
  EXPECT_FALSE(matches("ab*", "a"));
  EXPECT_TRUE(matches("*cd", "abcd"));
  EXPECT_TRUE(matches("a**d", "ad"));
  EXPECT_TRUE(matches("a?c", "abc"));
  EXPECT_FALSE(matches("a?c", "ac"));
  EXPECT_TRUE(matches("*a*b", "xaxxab"));
  EXPECT_FALSE(matches("*a*b", "xaxxa"));
  EXPECT_TRUE(matches("a?", "a\u00e9"));
  EXPECT_FALSE(matches("a??", "a\u00e9"));
}

TEST(PolicyPattern, Variables) {
  EXPECT_TRUE(matches("u/${aws:username}/*", "u/alice/x"));
  EXPECT_TRUE(matches("${AWS:UserName}", "alice"));
  EXPECT_FALSE(matches("u/${aws:username}/*", "u/bob/x"));
  EXPECT_TRUE(matches("${star}", "*"));
  EXPECT_FALSE(matches("${star}", "x"));
  EXPECT_FALSE(matches("${none}*", "x"));
  EXPECT_FALSE(matches("${several}", "a"));
  EXPECT_TRUE(matches("${none, 'anon'}", "anon"));
  EXPECT_TRUE(matches("${aws:username, 'anon'}", "alice"));
  EXPECT_TRUE(matches("${*}${?}${$}", "*?$"));
  EXPECT_FALSE(matches("${*}", "x"));
  EXPECT_TRUE(matches("a${b", "a${b"));
  EXPECT_FALSE(matches("${}", ""));
  EXPECT_TRUE(matches("${aws:username}", "${aws:username}", {.variables = false}));
  EXPECT_FALSE(matches("${aws:username}", "alice", {.variables = false}));
  EXPECT_TRUE(matches("*?", "*?", {.wildcards = false}));
  EXPECT_FALSE(matches("*?", "ab", {.wildcards = false}));
}

// Exponential time would not end.
TEST(PolicyPattern, ManyWildcardsAreNotSlow) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", std::string(2000, 'a')));
  EXPECT_TRUE(matches(pattern, std::string(2000, 'a')));
  std::string unclosed;
  for (int i = 0; i < 50'000; ++i) unclosed += "${";
  EXPECT_TRUE(matches(unclosed, unclosed));
}

TEST(PolicyPattern, NamesItsKeys) {
  std::vector<std::string> names;
  Pattern("${aws:UserName}/${*}/${s3:prefix, 'x'}", {.variables = true}).append_keys(names);
  EXPECT_EQ(names, (std::vector<std::string>{"aws:UserName", "s3:prefix"}));
}

}  // namespace

}  // namespace millrace::auth
