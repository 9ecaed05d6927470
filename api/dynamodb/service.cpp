#include "api/dynamodb/service.h"

#include <zlib.h>

#include "api/core/access.h"
#include "api/core/protocols/codec.h"
#include "api/dynamodb/errors.h"
#include "api/dynamodb/shapes.h"

namespace millrace::dynamodb {

extern const Operation kBatchGetItem, kBatchWriteItem, kCreateTable, kDeleteItem, kDeleteTable,
    kDescribeContinuousBackups, kDescribeEndpoints, kDescribeLimits, kDescribeTable, kDescribeTimeToLive,
    kGetItem, kListTables, kListTagsOfResource, kPutItem, kQuery, kScan, kTagResource, kTransactGetItems,
    kTransactWriteItems, kUntagResource, kUpdateContinuousBackups, kUpdateItem, kUpdateTable,
    kUpdateTimeToLive;

namespace {

constexpr std::string_view kTargetPrefix = "DynamoDB_20120810";

const Operation* const kOperations[] = {
    &kBatchGetItem,
    &kBatchWriteItem,
    &kCreateTable,
    &kDeleteItem,
    &kDeleteTable,
    &kDescribeContinuousBackups,
    &kDescribeEndpoints,
    &kDescribeLimits,
    &kDescribeTable,
    &kDescribeTimeToLive,
    &kGetItem,
    &kListTables,
    &kListTagsOfResource,
    &kPutItem,
    &kQuery,
    &kScan,
    &kTagResource,
    &kTransactGetItems,
    &kTransactWriteItems,
    &kUntagResource,
    &kUpdateContinuousBackups,
    &kUpdateItem,
    &kUpdateTable,
    &kUpdateTimeToLive,
};

// Clients compare it with the bytes that they receive.
void add_checksum(HttpResponse& response) {
  const auto* body = std::get_if<std::string>(&response.body);
  if (!body) return;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body->data()), static_cast<uInt>(body->size()));
  response.headers.set("x-amz-crc32", std::to_string(sum));
}

// What AWS writes before an error's code depends on where it arises.
std::string full_code(const std::string& code) {
  if (code == "ValidationException") return "com.amazon.coral.validate#" + code;
  for (const std::string_view own :
       {"ConditionalCheckFailedException", "ResourceNotFoundException", "ResourceInUseException",
        "LimitExceededException", "TransactionCanceledException", "TransactionConflictException",
        "IdempotentParameterMismatchException", "ThrottlingException", "InternalServerError"})
    if (code == own) return "com.amazonaws.dynamodb.v20120810#" + code;
  return "com.amazon.coral.service#" + code;
}

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

const ServiceModel& service_model() {
  static constexpr ServiceModel kModel{.name = "dynamodb",
                                       .protocols = bit_of(Protocol::json_1_0),
                                       .target = kTargetPrefix,
                                       .operations = kOperations};
  return kModel;
}
const ServiceModel& DynamoDb::model() const { return service_model(); }

asio::awaitable<HttpResponse> DynamoDb::handle(Request& request) {
  HttpResponse response = co_await handle_rpc(service_model(), this, max_body(), request);
  add_checksum(response);
  co_return response;
}

HttpResponse DynamoDb::error(const ApiError& e, const Request& request) const {
  HttpResponse response = Service::error(e, request);
  if (e.detail().empty()) {
    OrderedJson body;
    body["__type"] = full_code(e.code());
    if (!e.message().empty())
      body[e.code() == "SerializationException" ? "Message" : "message"] = e.message();
    response.body = body.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  } else if (e.detail().starts_with('{')) {
    response.headers.set("Content-Type", codec_of(request.protocol).content_type());
  }
  add_checksum(response);
  return response;
}

ApiError DynamoDb::internal_failure() const { return internal(); }

ApiError DynamoDb::too_large() const {
  return ApiError(413, "RequestEntityTooLargeException", "")
      .with_detail("<RequestEntityTooLargeException/>\n");
}

std::string DynamoDb::place_of(const Caller& caller, const std::string& table) {
  std::string region = caller.region, name = table;
  if (table.starts_with("arn:")) {
    const auto resource = resource_of_arn(table);
    if (!resource || resource->service != "dynamodb" || resource->type != "table" ||
        resource->separator != '/')
      throw invalid("Invalid table ARN: " + table);
    if (resource->account != caller.account) throw other_account(caller.arn, table);
    region = resource->region;
    name = resource->name;
  }
  if (!is_table_name(name))
    throw invalid(
        "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may "
        "contain "
        "only the characters a-z, A-Z, 0-9, '_', '-', and '.'");
  return Store::key_of(caller.account, region, name);
}

}  // namespace millrace::dynamodb
