// What holds for the table of operations as a whole.
#include "api/lambda/service.h"

#include <gtest/gtest.h>

#include <set>

#include "api/core/protocols/rest_json.h"
#include "api/core/validate.h"

namespace millrace::lambda {
namespace {

TEST(LambdaOperations, HaveNamesAndPlacesOfTheirOwn) {
  std::set<std::string> names, places;
  for (const Operation* op : operations()) {
    EXPECT_TRUE(names.insert(op->name).second) << op->name;
    EXPECT_TRUE(places.insert(std::string(op->binding.method) + " " + op->binding.uri).second) << op->name;
  }
  EXPECT_GE(names.size(), 15u);
}

TEST(LambdaOperations, TheirPathsAreRoutedHere) {
  for (const Operation* op : operations()) {
    const auto prefixes = path_prefixes();
    EXPECT_TRUE(std::any_of(prefixes.begin(), prefixes.end(), [&](const char* prefix) {
      return std::string_view(op->binding.uri).starts_with(prefix);
    })) << op->binding.uri;
  }
}

// Only a match compiles a pattern.
TEST(LambdaOperations, TheirPatternsAreRegularExpressions) {
  for (const Operation* op : operations())
    for (const FieldInfo& f : op->input) {
      const Json value = f.kind == Kind::map    ? Json{{"k", "v"}}
                         : f.kind == Kind::list ? Json{"v"}
                                                : Json("v");
      try {
        check_constraints({&f, 1}, Json{{f.name, value}});
      } catch (const ApiError&) {  // "v" is not what it wants: fine
      }
    }
}

TEST(LambdaOperations, EveryPartOfAPathIsAMember) {
  for (const Operation* op : operations())
    for (const FieldInfo& f : op->input)
      if (f.place == Place::path)
        EXPECT_NE(std::string(op->binding.uri).find("{" + std::string(f.name)), std::string::npos)
            << op->name;
}

}  // namespace
}  // namespace millrace::lambda
