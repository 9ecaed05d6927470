#include "api/dynamodb/errors.h"

namespace millrace::dynamodb {

namespace {

// A body with members besides the text.
ApiError with_members(const char* code, const char* text_member, const std::string& text,
                      const std::string& members) {
  std::string body = std::string(R"({"__type":"com.amazonaws.dynamodb.v20120810#)") + code + "\",\"" +
                     text_member + "\":\"" + text + "\"," + members + "}";
  return ApiError(400, code, text).with_detail(std::move(body));
}

}  // namespace

ApiError invalid(const std::string& text) { return {400, "ValidationException", text}; }
ApiError invalid_parameter(const std::string& text) {
  return invalid("One or more parameter values were invalid: " + text);
}
ApiError malformed(const std::string& text) { return {400, "SerializationException", text}; }

ApiError condition_failed() {
  return {400, "ConditionalCheckFailedException", "The conditional request failed"};
}
ApiError condition_failed(const std::string& item) {
  return with_members("ConditionalCheckFailedException", "message", "The conditional request failed",
                      "\"Item\":" + item);
}
ApiError transaction_cancelled(const std::string& codes, const std::string& reasons) {
  return with_members(
      "TransactionCanceledException", "Message",
      "Transaction cancelled, please refer cancellation reasons for specific reasons [" + codes + "]",
      "\"CancellationReasons\":" + reasons);
}
ApiError transaction_conflict() {
  return {400, "TransactionConflictException", "Transaction is ongoing for the item"};
}
ApiError token_reused() {
  return {400, "IdempotentParameterMismatchException",
          "Given ClientRequestToken was used for a different request"};
}

ApiError no_table_for_items() { return {400, "ResourceNotFoundException", "Requested resource not found"}; }
ApiError no_table(std::string_view name) {
  return {400, "ResourceNotFoundException",
          "Requested resource not found: Table: " + std::string(name) + " not found"};
}
// AWS's spelling.
ApiError no_table_to_tag(std::string_view arn) {
  return {400, "ResourceNotFoundException",
          "Requested resource not found: ResourcArn: " + std::string(arn) + " not found"};
}
ApiError table_exists(std::string_view name) {
  return {400, "ResourceInUseException", "Table already exists: " + std::string(name)};
}
ApiError table_changes(std::string_view name) {
  return {400, "ResourceInUseException",
          "Attempt to change a resource which is still in use: Table is being updated: " + std::string(name)};
}
ApiError too_many_index_changes() {
  return {
      400, "LimitExceededException",
      "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"};
}
ApiError too_many_tables(std::size_t limit) {
  return {
      400, "LimitExceededException",
      "Subscriber limit exceeded: There is a limit of " + std::to_string(limit) + " tables per subscriber"};
}
ApiError deletion_protected() {
  return invalid(
      "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection "
      "first.");
}
ApiError key_mismatch() { return invalid("The provided key element does not match the schema"); }
ApiError wrong_index_key(const std::string& index, const std::string& key, std::string_view expected,
                         std::string_view actual) {
  return invalid_parameter("Type mismatch for Index Key " + key + " Expected: " + std::string(expected) +
                           " Actual: " + std::string(actual) + " IndexName: " + index);
}
ApiError internal() { return {500, "InternalServerError", "Internal server error"}; }
// As AWS answers for a table without a resource policy.
ApiError other_account(const std::string& caller, const std::string& arn) {
  return {400, "AccessDeniedException",
          "User: " + caller + " is not authorized to perform this operation on resource: " + arn +
              " because no resource-based policy allows it"};
}

}  // namespace millrace::dynamodb
