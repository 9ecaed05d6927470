// Every operation of every service.
#include <gtest/gtest.h>

#include <set>

#include "api/core/header_fields.h"
#include "api/core/protocols/codec.h"
#include "api/core/validate.h"
#include "api/dynamodb/service.h"
#include "api/iam/service.h"
#include "api/kinesis/service.h"
#include "api/kms/service.h"
#include "api/lambda/service.h"
#include "api/logs/service.h"
#include "api/s3/service.h"
#include "api/sts/service.h"

namespace millrace {
namespace {

std::vector<const ServiceModel*> models() {
  return {&dynamodb::service_model(), &iam::service_model(),    &kinesis::service_model(),
          &kms::service_model(),      &lambda::service_model(), &logs::service_model(),
          &s3::service_model(),       &sts::service_model()};
}
constexpr Protocol kProtocols[] = {Protocol::json_1_0,    Protocol::json_1_1, Protocol::cbor_1_1,
                                   Protocol::rpc_v2_cbor, Protocol::query,    Protocol::rest_json,
                                   Protocol::rest_xml};

// A value that a member of the kind takes, whatever its rules.
Json value_of(Kind kind, const FieldInfo& f, int depth);

// A header field of each name that the member holds.
Json header_fields_of(const FieldInfo& f) {
  Json fields = Json::array();
  for (const std::string name : f.key_rules.values)
    fields.push_back(header_field(name.ends_with('-') ? name + "x" : name, "a: b"));
  return fields;
}

Json object_of(Fields fields, int depth) {
  Json object = Json::object();
  for (const FieldInfo& f : fields) {
    if (!f.type) continue;  // ignored, refused or streamed
    object[f.name] = holds_headers(f) ? header_fields_of(f) : value_of(f.kind, f, depth);
  }
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
      return object_of(f.nested(), depth + 1);
    case Kind::document:
      return Json{{"any", Json::array({1, "x", nullptr})}};
    default:
      return "text \"\\\n\u00e9";
  }
}

// The shapes of an operation, and how a document goes through the C++ type of each and back.
struct Direction {
  Fields fields;
  std::function<OrderedJson(const Json&)> recode;
};
std::array<Direction, 2> directions(const Operation& op) {
  return {Direction{op.input, [&op](const Json& document) { return op.recode_input(document); }},
          Direction{op.output, [&op](const Json& document) { return op.recode_output(document); }}};
}

TEST(Operations, NamesAreUniqueAndOfAws) {
  for (const ServiceModel* model : models()) {
    std::set<std::string> names;
    for (const Operation* op : model->operations) {
      EXPECT_TRUE(names.insert(op->name).second) << model->name << " " << op->name;
      EXPECT_TRUE(op->name[0] >= 'A' && op->name[0] <= 'Z') << op->name;
      EXPECT_TRUE(op->begin) << op->name;
    }
    EXPECT_FALSE(names.empty()) << model->name;
  }
}

void check_names(Fields fields, const std::string& path) {
  std::set<std::string> names;
  for (const FieldInfo& f : fields) {
    EXPECT_TRUE(names.insert(f.name).second) << path << " names " << f.name << " twice";
    const bool ordered =
        !f.rules.min_length || !f.rules.max_length || *f.rules.min_length <= *f.rules.max_length;
    EXPECT_TRUE(ordered && (!f.rules.min || !f.rules.max || *f.rules.min <= *f.rules.max)) << path << f.name;
    if (f.nested()) check_names(f.nested(), path + "." + f.name);
  }
}

TEST(Operations, ShapesNameEachMemberOnceAndHaveRangesThatHoldSomething) {
  for (const ServiceModel* model : models()) {
    for (const Operation* op : model->operations) {
      check_names(op->input, std::string(op->name) + " input");
      check_names(op->output, std::string(op->name) + " output");
    }
  }
}

TEST(Operations, EveryShapeDecodesWhatItEncodes) {
  for (const ServiceModel* model : models()) {
    for (const Operation* op : model->operations) {
      for (const auto& [fields, recode] : directions(*op)) {
        const Json all = object_of(fields, 0);
        EXPECT_NO_THROW(check_types(fields, all)) << op->name;
        EXPECT_EQ(Json(recode(all)), all) << model->name << " " << op->name;
        const Json twice = Json(recode(Json(recode(Json::object()))));
        EXPECT_EQ(twice, Json(recode(Json::object()))) << model->name << " " << op->name;
      }
    }
  }
}

// A request for the operation whose input is the document.
Request request_of(const Operation& op, Protocol protocol, const ServiceModel& model, OrderedJson document) {
  Request request;
  request.model = &model;
  request.protocol = protocol;
  request.http.method = op.binding.method;
  std::string query;
  const auto text = [](const Json& v) { return v.is_string() ? v.get<std::string>() : v.dump(); };
  for (const FieldInfo& f : op.input) {
    if (f.place == Place::body || !document.contains(f.name)) continue;
    const Json v = document[f.name];
    if (f.place == Place::payload && f.kind == Kind::structure) continue;
    if (holds_headers(f))
      for (const Json& one : v) add_header_field(request.http.headers, one.get<std::string>());
    else if (f.place == Place::header)
      request.http.headers.add(f.name, text(v));
    if (f.place == Place::path) request.path.emplace_back(f.name, text(v));
    if (f.place == Place::query)
      for (const Json& one : v.is_array() ? v : Json::array({v}))
        query += (query.empty() ? "?" : "&") + std::string(f.name) + "=" + percent_encode(text(one));
    document.erase(f.name);
  }
  request.http.target = "/" + query;
  // What a protocol writes as an output it reads as an input.
  const Operation writes{.name = op.name, .input = op.input, .output = op.input};
  request.http.body =
      std::get<std::string>(codec_of(protocol).write(writes, std::move(document), request).body);
  return request;
}

TEST(Operations, EveryInputIsReadInEachProtocolOfItsService) {
  for (const ServiceModel* model : models()) {
    for (const Protocol protocol : kProtocols) {
      // Query reads forms and writes XML; protocols_test.cpp has its forms.
      if (!model->speaks(protocol) || protocol == Protocol::query) continue;
      for (const Operation* op : model->operations) {
        const OrderedJson all = op->recode_input(object_of(op->input, 0));
        const Request request = request_of(*op, protocol, *model, all);
        if (op->input.empty()) continue;  // nothing is written for it
        Json document = codec_of(protocol).parse(*op, request);
        EXPECT_NO_THROW(check_types(op->input, document)) << op->name;
        Json expected = all;
        for (const FieldInfo& f : op->input)
          if (f.place == Place::payload && f.kind != Kind::structure)
            expected.erase(f.name), document.erase(f.name);
        EXPECT_EQ(Json(op->recode_input(document)), Json(op->recode_input(expected)))
            << model->name << " " << op->name << " " << static_cast<int>(protocol);
      }
    }
  }
}

TEST(Operations, EveryOutputIsWrittenInEachRpcProtocolOfItsService) {
  for (const ServiceModel* model : models()) {
    for (const Protocol protocol : kProtocols) {
      if (!model->speaks(protocol) || protocol == Protocol::rest_json || protocol == Protocol::rest_xml ||
          protocol == Protocol::query)
        continue;
      for (const Operation* op : model->operations) {
        const OrderedJson all = op->recode_output(object_of(op->output, 0));
        Request request;
        request.model = model;
        request.http.body = std::get<std::string>(codec_of(protocol).write(*op, all, request).body);
        if (request.http.body.empty()) continue;  // without an output
        const Operation reads{.name = op->name, .input = op->output};
        EXPECT_EQ(op->recode_output(codec_of(protocol).parse(reads, request)), all) << op->name;
      }
    }
  }
}

}  // namespace
}  // namespace millrace
