#include <gtest/gtest.h>

#include "api/core/error.h"
#include "api/dynamodb/expressions/condition_parser.h"
#include "api/dynamodb/expressions/key_condition.h"
#include "api/dynamodb/expressions/legacy.h"
#include "api/dynamodb/expressions/projection.h"
#include "api/dynamodb/expressions/reserved_words.h"
#include "api/dynamodb/expressions/update.h"
#include "api/dynamodb/values/json.h"

namespace millrace::dynamodb {
namespace {

const char* const kItem =
    R"({"id":{"S":"k"},"n":{"N":"5"},"s":{"S":"hello"},"b":{"B":"AAEC"},"t":{"BOOL":true},
        "ss":{"SS":["x","y"]},"ns":{"NS":["1","2"]},"l":{"L":[{"S":"a"},{"N":"2"},{"M":{"k":{"S":"v"}}}]},
        "m":{"M":{"x":{"M":{"y":{"N":"1"}}}}}})";

Item item() { return item_of(Json::parse(kItem)); }
const Json kNames = {{"#n", "n"}, {"#st", "status"}, {"#dot", "a.b"}};
const Json kValues = Json::parse(
    R"({":n5":{"N":"5.0"},":n4":{"N":"4"},":n9":{"N":"9"},":s":{"S":"hello"},":h":{"S":"he"},":x":{"S":"x"},
        ":one":{"N":"1"},":l":{"L":[{"S":"z"}]},":set":{"SS":["x","z"]},":S":{"S":"S"},":m":{"M":{}},":v":{"S":"v"}})");

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const ApiError& e) {
    return e.message();
  }
  return "none";
}
bool holds(const char* expression) {
  Placeholders placeholders(kNames, kValues);
  return parse_condition("ConditionExpression", expression, placeholders).holds(item());
}
std::string condition_error(const std::string& expression) {
  return error_of([&] {
    Placeholders placeholders(kNames, kValues);
    (void)parse_condition("ConditionExpression", expression, placeholders);
  });
}
std::string updated(const char* expression) {
  Item changed = item();
  const std::string error = error_of([&] {
    Placeholders placeholders(kNames, kValues);
    apply_update(parse_update(expression, placeholders), changed);
  });
  if (error != "none") return error;
  OrderedJson difference = OrderedJson::object();
  const Item before = item();
  for (const auto& [name, value] : changed)
    if (!before.contains(name) || before.at(name) != value) difference[name] = json_of(value);
  for (const auto& [name, value] : before)
    if (!changed.contains(name)) difference[name] = nullptr;
  return difference.dump();
}

TEST(Conditions, Hold) {
  for (const char* expression : {"n = :n5",
                                 "n=:n5",
                                 "#n >= :n4 AND n < :n9",
                                 "n <> :n4",
                                 "nowhere <> :n4",
                                 "NOT n = :n4",
                                 "n BETWEEN :n4 AND :n9",
                                 "n between :n4 and :n9",
                                 "n IN (:n4, :n5)",
                                 "attribute_exists (id)",
                                 "attribute_not_exists(nowhere)",
                                 "attribute_type(s, :S)",
                                 "begins_with(s, :h)",
                                 "contains(s, :h)",
                                 "contains(ss, :x)",
                                 "contains(ns, :one)",
                                 "contains(l, :v) OR contains(ss,:x)",
                                 "size(s) = :n5",
                                 "size(l) < :n4",
                                 "l[0] <> :x",
                                 "l[2].k = :v",
                                 "m.x.y = :one",
                                 "(n = :n5 OR n = :n4) AND s = :s",
                                 "n = :n4 OR n = :n9 AND n = :n4 OR s = :s",
                                 "attribute_not_exists(#st)",
                                 "not(n = :n4)",
                                 "(n) = (:n5)",
                                 "attribute_exists(id) AND (attribute_not_exists(#st) OR #st = :s)"})
    EXPECT_TRUE(holds(expression)) << expression;
}

TEST(Conditions, DoNotHold) {
  for (const char* expression :
       {"n = :s", "n < :s", "nowhere = :n5", "nowhere < :n5", "s = :h", "NOT n = :n5", "n IN (:n4, :n9)",
        "contains(s, :one)", "contains(nowhere, :x)", "begins_with(n, :h)", "size(n) = :one", "l[7] = :x",
        "attribute_exists(m.x.z)", "n BETWEEN :n9 AND :n9", "attribute_type(n, :S)"})
    EXPECT_FALSE(holds(expression)) << expression;
}

TEST(Conditions, ErrorsHaveAwsTexts) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "The expression can not be empty;"},
      {"n = ", "Syntax error; token: \"<EOF>\", near: \"=\""},
      {"n == :n5", "Syntax error; token: \"=\", near: \"== :n5\""},
      {"my-attr = :n5", "Syntax error; token: \"-\", near: \"my-attr\""},
      {"n", "Syntax error; token: \"<EOF>\", near: \"n\""},
      {"status = :s", "Attribute name is a reserved keyword; reserved keyword: status"},
      {"#q = :s",
       "An expression attribute name used in the document path is not defined; attribute name: #q"},
      {"n = :q", "An expression attribute value used in expression is not defined; attribute value: :q"},
      {"((n = :n5))", "The expression has redundant parentheses;"},
      {"whatever(n)", "Invalid function name; function: whatever"},
      {"size(n)", "The function is not allowed to be used this way in an expression; function: size"},
      {"attribute_exists(n) = :n5",
       "The function is not allowed to be used this way in an expression; function: attribute_exists"},
      {"attribute_exists(:s)",
       "Operator or function requires a document path; operator or function: attribute_exists"},
      {"begins_with(s)",
       "Incorrect number of operands for operator or function; operator or function: begins_with, number of "
       "operands: 1"},
      {"begins_with(s, :n5)",
       "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
      {"n = n",
       "The first operand must be distinct from the remaining operands for this operator or function; "
       "operator: =, "
       "first operand: [n]"},
      {"n BETWEEN :n9 AND :n4",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound "
       "operand: "
       "AttributeValue: {N:9}, upper bound operand: AttributeValue: {N:4}"},
      {"attribute_type(n, :s)",
       "Invalid attribute type name found; type: hello, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"}};
  for (const auto& [expression, text] : cases)
    EXPECT_EQ(condition_error(expression), std::string("Invalid ConditionExpression: ") + text) << expression;
}

TEST(Conditions, AreBounded) {
  EXPECT_NE(condition_error(std::string(5000, 'a')), "none");
  EXPECT_NE(condition_error(std::string(2000, '(') + "n = :n5" + std::string(2000, ')')), "none");
  std::string many = "n = :n5";
  for (int i = 0; i < 350; ++i) many += " OR n=:n5";
  EXPECT_NE(condition_error(many), "none");
  std::string nots;
  for (int i = 0; i < 200; ++i) nots += "NOT ";
  EXPECT_NE(condition_error(nots + "n = :n5"), "none");
  std::string in = "n IN (:n5";
  for (int i = 0; i < 101; ++i) in += ",:n5";
  EXPECT_EQ(
      condition_error(in + ")"),
      "Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: "
      "102");
}

TEST(Updates, ChangeItems) {
  EXPECT_EQ(updated("SET n = n + :one, s = :h"), R"({"n":{"N":"6"},"s":{"S":"he"}})");
  EXPECT_EQ(updated("SET n = :one - n"), R"({"n":{"N":"-4"}})");
  EXPECT_EQ(updated("set s = n, n = s"), R"({"n":{"S":"hello"},"s":{"N":"5"}})") << "all read the old item";
  EXPECT_EQ(updated("SET z = if_not_exists(z, :one), n = if_not_exists(n, :n9)"), R"({"z":{"N":"1"}})");
  EXPECT_EQ(updated("SET l = list_append(:l, l) REMOVE s"),
            R"({"l":{"L":[{"S":"z"},{"S":"a"},{"N":"2"},{"M":{"k":{"S":"v"}}}]},"s":null})");
  EXPECT_EQ(updated("SET l[9] = :x, l[5] = :one"),
            R"({"l":{"L":[{"S":"a"},{"N":"2"},{"M":{"k":{"S":"v"}}},{"N":"1"},{"S":"x"}]}})");
  EXPECT_EQ(updated("REMOVE l[0], l[1]"), R"({"l":{"L":[{"M":{"k":{"S":"v"}}}]}})");
  EXPECT_EQ(updated("SET m.x.y = :x"), R"({"m":{"M":{"x":{"M":{"y":{"S":"x"}}}}}})");
  EXPECT_EQ(updated("ADD n :one, z :n4, ss :set"),
            R"({"n":{"N":"6"},"ss":{"SS":["x","y","z"]},"z":{"N":"4"}})");
  EXPECT_EQ(updated("DELETE ss :set"), R"({"ss":{"SS":["y"]}})");
  EXPECT_EQ(updated("SET n = (n + :one)"), R"({"n":{"N":"6"}})");
  EXPECT_EQ(updated(" REMOVE nowhere "), "{}");
}

TEST(Updates, ErrorsHaveAwsTexts) {
  const std::string invalid = "Invalid UpdateExpression: ";
  EXPECT_EQ(updated("SET a = nowhere"),
            "The provided expression refers to an attribute that does not exist in the item");
  EXPECT_EQ(updated("SET n = n + s"), "An operand in the update expression has an incorrect data type");
  EXPECT_EQ(updated("SET q.r = :one"),
            "The document path provided in the update expression is invalid for update");
  EXPECT_EQ(updated("ADD s :one"), "An operand in the update expression has an incorrect data type");
  EXPECT_EQ(updated("SET n = :one, n = :one"),
            invalid +
                "Two document paths overlap with each other; must remove or rewrite one of these paths; path "
                "one: [n], path two: [n]");
  EXPECT_EQ(
      updated("SET m.x = :one, m[1] = :one"),
      invalid +
          "Two document paths conflict with each other; must remove or rewrite one of these paths; path "
          "one: [m, x], path two: [m, [1]]");
  EXPECT_EQ(updated("SET n = :one SET s = :s"),
            invalid + "The \"SET\" section can only be used once in an update expression;");
  EXPECT_EQ(updated("ADD n :s"),
            invalid +
                "Incorrect operand type for operator or function; operator: ADD, operand "
                "type: STRING");
  EXPECT_EQ(updated("SET n = other(:s)"), invalid + "Invalid function name; function: other");
  EXPECT_EQ(updated("SET n = :s + :one"), invalid +
                                              "Incorrect operand type for operator or function; operator or "
                                              "function: +, operand type: S");
  EXPECT_EQ(updated("REMOVE"), invalid + "Syntax error; token: \"<EOF>\", near: \"REMOVE\"");
}

TEST(Projections, KeepTheStructureAroundThem) {
  Placeholders placeholders(kNames, Json());
  const auto paths = parse_projection("id, l[2].k, l[0], m.x, #dot, nowhere.y", placeholders);
  EXPECT_EQ(
      json_of(project(item(), paths)).dump(),
      R"({"id":{"S":"k"},"l":{"L":[{"S":"a"},{"M":{"k":{"S":"v"}}}]},"m":{"M":{"x":{"M":{"y":{"N":"1"}}}}}})");
}

TEST(Placeholders, MustAllBeUsed) {
  Placeholders placeholders(kNames, Json::parse(R"({":a":{"S":""}})"));
  EXPECT_EQ(error_of([&] { placeholders.check_all_used(); }),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#dot, #n, #st}");
  EXPECT_EQ(error_of([] { Placeholders(Json(), Json::parse(R"({":a":{"N":"x"}})")); }),
            "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
            "numeric value: x "
            "for key :a");
  EXPECT_EQ(error_of([] {
              Placeholders(Json{{"a", "b"}}, Json());
            }),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"");
}

TEST(KeyConditions, AreOfOneOrTwoAttributes) {
  Placeholders placeholders(kNames, kValues);
  const auto conditions = [&](const char* text) {
    return key_conditions_of(parse_condition("KeyConditionExpression", text, placeholders));
  };
  const KeyConditions both = conditions("id = :s AND :n4 < n");
  EXPECT_EQ(both.at("n").kind, Condition::Kind::greater);
  EXPECT_EQ(both.at("id").values.size(), 1u);
  EXPECT_EQ(error_of([&] { (void)conditions("id = :s OR n = :n4"); }),
            "Invalid operator used in KeyConditionExpression: OR");
  EXPECT_EQ(error_of([&] { (void)conditions("id = :s AND id = :h"); }),
            "KeyConditionExpressions must only contain one condition per key");
  EXPECT_EQ(
      error_of([&] { (void)conditions(":s BETWEEN size(id) AND size(n)"); }),
      "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its "
      "first operand");
}

// The requests of the KCL 1 to 3.
TEST(Legacy, ExpectedAndAttributeUpdatesOfTheKcl) {
  const auto expects = [](const char* text) {
    return expectation_of(Json::parse(text), false)->holds(item());
  };
  EXPECT_TRUE(expects(R"({"n":{"Value":{"N":"5"}},"owner":{"Exists":false}})"));
  EXPECT_FALSE(expects(R"({"n":{"Value":{"N":"6"}}})"));
  EXPECT_TRUE(expects(R"({"id":{"Exists":true,"Value":{"S":"k"}}})"));
  EXPECT_FALSE(expects(R"({"id":{"Exists":false}})"));
  EXPECT_TRUE(expects(R"({"n":{"ComparisonOperator":"GE","AttributeValueList":[{"N":"5"}]}})"));
  Item changed = item();
  apply_update(
      attribute_updates(Json::parse(
          R"({"n":{"Action":"PUT","Value":{"N":"6"}},"s":{"Action":"DELETE"},"c":{"Action":"ADD","Value":{"N":"1"}},
                "ss":{"Action":"DELETE","Value":{"SS":["x","y"]}}})")),
      changed);
  EXPECT_EQ(json_of(changed.at("n")).dump(), R"({"N":"6"})");
  EXPECT_EQ(json_of(changed.at("c")).dump(), R"({"N":"1"})");
  EXPECT_FALSE(changed.contains("s"));
  EXPECT_FALSE(changed.contains("ss")) << "an empty set vanishes";
  EXPECT_EQ(error_of([] { (void)expectation_of(Json::parse(R"({"a":{"Exists":true}})"), false); }),
            "One or more parameter values were invalid: Value must be provided when Exists is true for "
            "Attribute: a");
  EXPECT_EQ(
      error_of([] { (void)attribute_updates(Json::parse(R"({"a":{"Action":"ADD","Value":{"S":"x"}}})")); }),
      "One or more parameter values were invalid: ADD action is not supported for the type S");
}

TEST(ReservedWords, AreThoseOfAws) {
  for (const char* word : {"status", "NAME", "Owner", "counter", "ttl", "zone", "abort"})
    EXPECT_TRUE(is_reserved(word));
  for (const char* word : {"leaseKey", "leaseOwner", "checkpoint", "entityType", "id", "expireAt", "wid"})
    EXPECT_FALSE(is_reserved(word));
}

}  // namespace
}  // namespace millrace::dynamodb
