#include "api/core/json.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Form = JsonCheck::Form;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Json, IsBoundInDepthAndInValues) {
  EXPECT_FALSE(parse_json(nested(kMaxJsonDepth)).is_discarded());
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth + 1)).is_discarded());
  EXPECT_TRUE(parse_json("[" + std::string(2 * kMaxJsonValues, '0') + "]").is_discarded());  // no number
  std::string many = "[0";
  for (std::size_t i = 0; i < kMaxJsonValues; ++i) many += ",0";
  EXPECT_TRUE(parse_json(many + "]").is_discarded());
  EXPECT_EQ(check_json(many + "]").form, Form::good);
}

TEST(Json, OfAnyDepthIsCheckedWithoutStack) {
  EXPECT_EQ(check_json(nested(kMaxJsonDepth)).form, Form::good);
  EXPECT_EQ(check_json(nested(kMaxJsonDepth + 1)).form, Form::too_deep);
  EXPECT_EQ(check_json(nested(3'000'000)).form, Form::too_deep);
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(check_json(objects).form, Form::too_deep);
  EXPECT_TRUE(json_members(objects, {"a"}).empty());
  objects += "1" + std::string(1'000'000, '}');
  EXPECT_EQ(json_members(objects, {"a"})["a"].size(), objects.size() - 6);
}

TEST(Json, ThatIsNoneSaysWhere) {
  EXPECT_EQ(check_json("[1, x]").form, Form::malformed);
  EXPECT_EQ(check_json("[1, x]").at, 4u);
  for (const char* none : {"", " ", "{", "[1,]", "\"\xff\"", "{\"a\":1}x", "nul", "'a'"})
    EXPECT_FALSE(is_json(none)) << none;
}

TEST(Json, MembersAreTheTextsThatStandThere) {
  const std::string text =
      "\t{ \"a\" : [1, \"]\\\"}\" , {}] ,\"b\":\"x\\\\\",\"c\" :null, \"d\":-1.5e3\n,\"e\":{\"a\":2}}\r\n";
  const JsonMembers members = json_members(text, {"a", "b", "c", "d", "e", "f"});
  EXPECT_EQ(members, (JsonMembers{{"a", "[1, \"]\\\"}\" , {}]"},
                                  {"b", "\"x\\\\\""},
                                  {"c", "null"},
                                  {"d", "-1.5e3"},
                                  {"e", "{\"a\":2}"}}));
}

TEST(Json, MembersAreFoundByTheirNamesMeaning) {
  EXPECT_EQ(json_members(R"({"st\u0061te":1})", {"state"}), (JsonMembers{{"state", "1"}}));
  EXPECT_EQ(json_members(R"({"state":1,"state":2})", {"state"}), (JsonMembers{{"state", "2"}}));
  for (const char* none : {"", "{}", "[]", "1", R"("state")", R"({"state":)", R"([{"state":1}])"})
    EXPECT_TRUE(json_members(none, {"state"}).empty()) << none;
}

}  // namespace
}  // namespace millrace
