// Every operation of every service that declares shapes.
#include <gtest/gtest.h>

#include <set>

#include "api/core/cbor.h"
#include "api/core/operation.h"
#include "api/core/validate.h"
#include "api/kinesis/service.h"
#include "api/lambda/service.h"
#include "api/logs/service.h"

namespace millrace {
namespace {

struct Table {
  const char* service;
  std::span<const Operation* const> operations;
};

std::vector<Table> tables() {
  return {{"kinesis", kinesis::operations()}, {"lambda", lambda::operations()}, {"logs", logs::operations()}};
}

// A value that a member of the kind takes, whatever its rules.
Json value_of(Kind kind, const FieldInfo& f, int depth);

Json object_of(Fields fields, int depth) {
  Json object = Json::object();
  for (const FieldInfo& f : fields) object[f.name] = value_of(f.kind, f, depth);
  return object;
}

Json value_of(Kind kind, const FieldInfo& f, int depth) {
  switch (kind) {
    case Kind::boolean:
      return true;
    case Kind::integer:
      return 2'000'000'000;
    case Kind::big_integer:
      return 9'000'000'000'000'000'000;
    case Kind::real:
      return 0.5;
    case Kind::blob:
      return "AP/+";
    case Kind::timestamp:
      return 1700000000.123;
    case Kind::list:
      return Json::array({value_of(f.element_kind, f, depth + 1), value_of(f.element_kind, f, depth + 1)});
    case Kind::map:
      return Json{{"k", value_of(f.element_kind, f, depth + 1)}};
    case Kind::structure:
      return object_of({f.nested, f.nested_size}, depth + 1);
    case Kind::document:
      return Json{{"any", Json::array({1, "x", nullptr})}};
    default:
      return "text \"\\\n\u00e9";
  }
}

TEST(Operations, NamesAreUniqueAndOfAws) {
  for (const Table& table : tables()) {
    std::set<std::string> names;
    for (const Operation* op : table.operations) {
      EXPECT_TRUE(names.insert(op->name).second) << table.service << " " << op->name;
      EXPECT_TRUE(op->name[0] >= 'A' && op->name[0] <= 'Z') << op->name;
      EXPECT_TRUE(op->run) << op->name;
    }
    EXPECT_FALSE(names.empty()) << table.service;
  }
}

void check_names(Fields fields, const std::string& path) {
  std::set<std::string> names;
  for (const FieldInfo& f : fields) {
    EXPECT_TRUE(names.insert(f.name).second) << path << " names " << f.name << " twice";
    const bool ordered =
        !f.rules.min_length || !f.rules.max_length || *f.rules.min_length <= *f.rules.max_length;
    EXPECT_TRUE(ordered && (!f.rules.min || !f.rules.max || *f.rules.min <= *f.rules.max)) << path << f.name;
    if (f.nested) check_names({f.nested, f.nested_size}, path + "." + f.name);
  }
}

TEST(Operations, ShapesNameEachMemberOnceAndHaveRangesThatHoldSomething) {
  for (const Table& table : tables()) {
    for (const Operation* op : table.operations) {
      check_names(op->input, std::string(op->name) + " input");
      check_names(op->output, std::string(op->name) + " output");
    }
  }
}

TEST(Operations, EveryShapeDecodesWhatItEncodes) {
  for (const Table& table : tables()) {
    for (const Operation* op : table.operations) {
      for (const auto& [fields, recode] :
           {std::pair(op->input, op->recode_input), std::pair(op->output, op->recode_output)}) {
        const Json all = object_of(fields, 0);
        EXPECT_NO_THROW(check_types(fields, all)) << op->name;
        EXPECT_EQ(Json(recode(all)), all) << table.service << " " << op->name;
        const Json twice = Json(recode(Json(recode(Json::object()))));
        EXPECT_EQ(twice, Json(recode(Json::object()))) << table.service << " " << op->name;
      }
    }
  }
}

TEST(Operations, EveryShapeDecodesInCborWhatItEncodes) {
  for (const Operation* op : kinesis::operations()) {
    for (const auto& [fields, recode] :
         {std::pair(op->input, op->recode_input), std::pair(op->output, op->recode_output)}) {
      const OrderedJson all = recode(object_of(fields, 0));
      const Json object = parse_cbor_object(fields, to_cbor(all, fields));
      EXPECT_NO_THROW(check_types(fields, object)) << op->name;
      EXPECT_EQ(recode(object), all) << op->name;
    }
  }
}

}  // namespace
}  // namespace millrace
