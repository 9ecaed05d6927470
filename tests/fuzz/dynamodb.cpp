// DynamoDB's expressions, values and rows. An input is the row of an item, or a document with the members
// Item, Names, Values, Condition, Update, Projection, Keys, Expected and Updates, as requests have them.
#include "api/core/error.h"
#include "api/core/json.h"
#include "api/dynamodb/expressions/condition_parser.h"
#include "api/dynamodb/expressions/key_condition.h"
#include "api/dynamodb/expressions/legacy.h"
#include "api/dynamodb/expressions/projection.h"
#include "api/dynamodb/expressions/update.h"
#include "api/dynamodb/values/bytes.h"
#include "api/dynamodb/values/json.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace millrace;
using namespace millrace::dynamodb;

void check_row(std::string_view row) {
  try {
    const Item item = item_of_row(row);
    fuzz::expect(item_of_row(row_of(item)) == item, "an item's row is that item");
  } catch (const std::runtime_error&) {
  }
}

// What `use` does may fail as a request does.
template <class Use>
void attempt(Use&& use) {
  try {
    use();
  } catch (const ApiError&) {
  }
}

std::string text_in(const Json& document, const char* member) {
  const auto at = document.find(member);
  return at != document.end() && at->is_string() ? at->get<std::string>() : "";
}

Json part_of(const Json& document, const char* member) {
  const auto at = document.find(member);
  return at != document.end() && at->is_object() ? *at : Json();
}

void check_request(const Json& document) {
  Item item;
  attempt([&] {
    item = item_of(part_of(document, "Item"));
    fuzz::expect(item_of(Json(json_of(item))) == item, "an item's document is that item");
    fuzz::expect(item_of_row(row_of(item)) == item, "an item's row is that item");
  });
  const auto placeholders = [&] {
    return Placeholders(part_of(document, "Names"), part_of(document, "Values"));
  };
  attempt([&] {
    Placeholders p = placeholders();
    (void)parse_condition("ConditionExpression", text_in(document, "Condition"), p).holds(item);
  });
  attempt([&] {
    Placeholders p = placeholders();
    Item changed = item;
    apply_update(parse_update(text_in(document, "Update"), p), changed);
    (void)size_of(changed);
  });
  attempt([&] {
    Placeholders p = placeholders();
    (void)parse_projection(text_in(document, "Projection"), p);
  });
  attempt([&] {
    Placeholders p = placeholders();
    (void)key_conditions_of(parse_condition("KeyConditionExpression", text_in(document, "Keys"), p));
  });
  attempt([&] {
    if (const auto condition = expectation_of(part_of(document, "Expected"), false))
      (void)condition->holds(item);
  });
  attempt([&] {
    Item changed = item;
    apply_update(attribute_updates(part_of(document, "Updates")), changed);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  check_row(input);
  const Json document = parse_json(input);
  if (document.is_object()) check_request(document);
  return 0;
}
