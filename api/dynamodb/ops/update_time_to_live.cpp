// UpdateTimeToLive: which attribute holds the time at which an item expires. Source: DynamoDB API reference.
#include "api/dynamodb/change_table.h"
#include "api/dynamodb/resources.h"
#include "api/dynamodb/shapes.h"

namespace millrace::dynamodb {

namespace {

struct Specification {
  bool enabled = false;
  std::string attribute;
};
constexpr auto kSpecification =
    shape<Specification>(field("Enabled", &Specification::enabled, required),
                         field("AttributeName", &Specification::attribute, required, length(1, 255)));

struct UpdateTimeToLiveInput {
  std::string table;
  Specification specification;
};
using In = UpdateTimeToLiveInput;
constexpr auto kInput =
    shape<In>(field("TableName", &In::table, required, kTableName),
              field("TimeToLiveSpecification", &In::specification, required, kSpecification));

struct UpdateTimeToLiveOutput {
  Specification specification;
};
using Out = UpdateTimeToLiveOutput;
constexpr auto kOutput = shape<Out>(field("TimeToLiveSpecification", &Out::specification, kSpecification));

asio::awaitable<Out> update_time_to_live(DynamoDb& d, const Caller& caller, In in) {
  const auto change = [&](TableSettings& table) {
    const Specification& wanted = in.specification;
    if (wanted.enabled && table.ttl.enabled) throw invalid("TimeToLive is already enabled");
    if (!wanted.enabled && !table.ttl.enabled) throw invalid("TimeToLive is already disabled");
    if (!wanted.enabled && wanted.attribute != table.ttl.attribute)
      throw invalid("TimeToLive is active on a different AttributeName: current AttributeName is " +
                    table.ttl.attribute);
    table.ttl = {wanted.attribute, wanted.enabled};
  };
  (void)co_await change_table(d, DynamoDb::place_of(caller, in.table), no_table(in.table), change);
  co_return Out{in.specification};
}

}  // namespace

extern const Operation kUpdateTimeToLive;
const Operation kUpdateTimeToLive =
    operation("UpdateTimeToLive", kInput, kOutput, update_time_to_live).writes().on(table_of_input);

}  // namespace millrace::dynamodb
