#include "api/lambda/errors.h"

#include "api/lambda/layers/layer_shapes.h"
#include "api/lambda/model.h"

namespace millrace::lambda {

namespace {

using Text = std::string;

ApiError invalid_parameter(const Text& message) { return {400, "InvalidParameterValueException", message}; }
// Of some AWS's answer has no Type. The message needs no escapes.
ApiError untyped_invalid_parameter(const Text& message) {
  return ApiError(400, "InvalidParameterValueException", message)
      .with_detail(R"({"message":")" + message + "\"}");
}
ApiError conflict(const Text& message) { return {409, "ResourceConflictException", message}; }

ApiError too_many_requests(const char* reason, const Text& message) {
  return ApiError(429, "TooManyRequestsException", message)
      .with_detail(Text(R"({"Reason":")") + reason + R"(","Type":"User","message":")" + message + "\"}");
}

}  // namespace

ApiError function_not_found(std::string_view arn) {
  return {404, "ResourceNotFoundException", "Function not found: " + Text(arn)};
}
ApiError function_exists(std::string_view name) { return conflict("Function already exist: " + Text(name)); }
ApiError other_region(std::string_view wanted, std::string_view here) {
  return {404, "ResourceNotFoundException",
          "Functions from '" + Text(wanted) + "' are not reachable in this region ('" + Text(here) + "')"};
}
ApiError other_account(std::string_view caller, std::string_view action, std::string_view arn) {
  return {403, "AccessDeniedException",
          "User: arn:aws:iam::" + Text(caller) +
              ":root is not authorized to perform: lambda:" + Text(action) + " on resource: " + Text(arn) +
              " because no resource-based policy allows the lambda:" + Text(action) + " action"};
}
ApiError qualifiers_disagree() {
  return invalid_parameter(
      "The derived qualifier from the function name does not match the specified qualifier.");
}
ApiError function_name_too_long(std::string_view name, std::size_t limit) {
  const Text message = "1 validation error detected: Value '" + Text(name) +
                       "' at 'functionName' failed to satisfy constraint: Member must have length less than "
                       "or equal to " +
                       std::to_string(limit);
  return limit == 64 ? invalid_parameter(message) : ApiError(400, "ValidationException", message);
}
ApiError qualified_name_for_creation(std::string_view name) {
  return {400, "ValidationException",
          "1 validation error detected: Value '" + Text(name) +
              "' at 'functionName' failed to satisfy constraint: a function is created without a qualifier"};
}
ApiError latest_cannot_be_deleted() {
  return invalid_parameter("$LATEST version cannot be deleted without deleting the function.");
}

ApiError layer_not_found() { return mapping_not_found(); }
ApiError bad_layer_number() { return invalid_parameter("Layer Version Cannot be less than 1"); }
ApiError bad_compatible_runtime(std::string_view value, std::string_view member) {
  return {400, "ValidationException",
          "1 validation error detected: Value '" + Text(value) + "' at '" + Text(member) +
              "' failed to satisfy constraint: Member must satisfy enum value set: [" + runtimes_of_aws() +
              "]"};
}
ApiError layer_missing(std::string_view arn) {
  return invalid_parameter("Layer version " + Text(arn) + " does not exist.");
}
ApiError bad_layer_arn(std::string_view arn) {
  return {
      400, "ValidationException",
      "1 validation error detected: Value '[" + Text(arn) +
          "]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have "
          "length less than or equal to 2048, Member must have length greater than or equal to 1, Member "
          "must satisfy regular expression pattern: " +
          kLayerVersionPattern + ", Member must not be null]"};
}
ApiError other_region_of_layer(std::string_view here) {
  return invalid_parameter(
      "Layers are not in the same region as the function. Layers are expected to be in region " + Text(here) +
      ".");
}
ApiError too_many_layers() { return invalid_parameter("Cannot reference more than 5 layers."); }
ApiError layer_twice(std::string_view arn, std::string_view other) {
  return invalid_parameter(
      "Two different versions of the same layer are not allowed to be referenced in the same function. " +
      Text(other) + " and " + Text(arn) + " are versions of the same layer.");
}
ApiError layers_too_large() {
  return invalid_parameter("Layers consume more than the available size of " +
                           std::to_string(kMaxUnzippedBytes) + " bytes");
}

ApiError code_changed(std::string_view wanted, std::string_view now) {
  return invalid_parameter("CodeSHA256 (" + Text(wanted) +
                           ") is different from current CodeSHA256 in $LATEST (" + Text(now) +
                           "). Please try again with the CodeSHA256 in $LATEST.");
}
ApiError version_in_use(std::string_view version, std::string_view alias) {
  return conflict("Unable to delete version " + Text(version) +
                  " because the following aliases reference it: [" + Text(alias) + "]");
}
ApiError alias_exists(std::string_view arn) { return conflict("Alias already exists: " + Text(arn)); }
ApiError alias_not_found(std::string_view arn) {
  return {404, "ResourceNotFoundException", "Cannot find alias arn: " + Text(arn)};
}
ApiError alias_to_update_not_found(std::string_view arn) {
  return {404, "ResourceNotFoundException", "Alias not found: " + Text(arn)};
}
ApiError alias_of_latest_with_routing() {
  return untyped_invalid_parameter("$LATEST is not supported for an alias pointing to more than 1 version");
}
ApiError routing_to_same_version(std::string_view version) {
  return invalid_parameter("Invalid function version " + Text(version) + ". Function version " +
                           Text(version) + " is already included in routing configuration.");
}
ApiError too_many_routed_versions() {
  return invalid_parameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
}
ApiError bad_weight(std::string_view weights) {
  return {400, "ValidationException",
          "1 validation error detected: Value '" + Text(weights) +
              "' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must "
              "satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value "
              "greater than or equal to 0.0, Member must not be null]"};
}
ApiError bad_routed_version(std::string_view weights) {
  return {400, "ValidationException",
          "1 validation error detected: Value '" + Text(weights) +
              "' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must "
              "satisfy constraint: [Member must have length less than or equal to 1024, Member must have "
              "length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"};
}
ApiError url_exists(std::string_view arn) {
  return conflict("Failed to create function url config for [functionArn = " + Text(arn) +
                  "]. Error message:  FunctionUrlConfig exists for this Lambda function");
}
ApiError url_not_found() { return mapping_not_found(); }
ApiError url_function_not_found() { return {404, "ResourceNotFoundException", "Function does not exist"}; }
ApiError auth_type_missing() {
  return {400, "ValidationException",
          "1 validation error detected: Value null at 'authType' failed to satisfy constraint: Member must "
          "not be "
          "null"};
}
ApiError event_config_not_found(std::string_view arn) {
  return {404, "ResourceNotFoundException",
          "The function " + Text(arn) + " doesn't have an EventInvokeConfig"};
}
ApiError event_config_empty() {
  return invalid_parameter("You must specify at least one of error handling or destination setting.");
}
ApiError event_config_function_not_found() {
  return {404, "ResourceNotFoundException", "The function doesn't exist."};
}
ApiError unreserved_concurrency_too_low(std::uint32_t minimum) {
  return untyped_invalid_parameter(
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
      "below its minimum value of [" +
      std::to_string(minimum) + "].");
}
ApiError concurrency_of_a_version() {
  return invalid_parameter(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
      "operation. "
      "Please specify either a function name or an unqualified function ARN.");
}

ApiError update_in_progress(std::string_view arn) {
  return conflict("The operation cannot be performed at this time. An update is in progress for resource: " +
                  Text(arn));
}
ApiError revision_mismatch() {
  return {412, "PreconditionFailedException",
          "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API "
          "to retrieve the latest Revision Id"};
}

ApiError runtime_and_handler_missing() {
  return invalid_parameter(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
}
ApiError unknown_runtime(std::string_view runtime) {
  return invalid_parameter(
      "Value " + Text(runtime) +
      " at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [" +
      runtimes_of_aws() + "] or be a valid ARN");
}
ApiError runtime_not_run(std::string_view runtime) {
  // AWS's own text for those that it has retired.
  if ((", " + runtimes_of_aws() + ",").find(", " + Text(runtime) + ",") == Text::npos)
    return invalid_parameter("The runtime parameter of " + Text(runtime) +
                             " is no longer supported for creating or updating AWS Lambda functions. We "
                             "recommend you use a supported runtime while creating or updating functions.");
  return invalid_parameter("The runtime " + Text(runtime) +
                           " is not supported by this server. Supported runtimes: " + runtimes_that_run() +
                           ".");
}
ApiError not_supported(std::string_view member, std::string_view remedy) {
  return invalid_parameter(Text(member) + " is not supported by this server; " + Text(remedy) + ".");
}
ApiError environment_too_large(std::string_view variables) {
  return invalid_parameter(
      "Lambda was unable to configure your environment variables because the environment variables you have "
      "provided exceeded the 4KB limit. String measured: " +
      Text(variables));
}
ApiError reserved_environment(std::string_view names) {
  return invalid_parameter(
      "Lambda was unable to configure your environment variables because the environment variables you have "
      "provided contains reserved keys that are currently not supported for modification. Reserved keys used "
      "in this request: " +
      Text(names));
}

ApiError code_missing() { return invalid_parameter("Please provide a source for function code."); }
ApiError several_codes() {
  return invalid_parameter("Please do not provide other FunctionCode parameters when providing a ZipFile.");
}
ApiError zip_too_large() {
  return {413, "RequestEntityTooLargeException",
          "Zipped size must be smaller than " + std::to_string(kMaxZippedBytes) + " bytes"};
}
ApiError unzipped_too_large() {
  return invalid_parameter("Unzipped size must be smaller than " + std::to_string(kMaxUnzippedBytes) +
                           " bytes");
}
ApiError zip_unreadable() {
  return invalid_parameter(
      "Could not unzip uploaded file. Please check your file, then try to upload again.");
}
ApiError zip_unusable(std::string_view why) {
  return invalid_parameter(Text(zip_unreadable().message()) + " Reason: " + Text(why) + ".");
}
ApiError zip_empty() { return invalid_parameter("Uploaded file must be a non-empty zip"); }
ApiError object_not_read(std::string_view code, std::string_view message) {
  return invalid_parameter("Error occurred while GetObject. S3 Error Code: " + Text(code) +
                           ". S3 Error Message: " + Text(message));
}
ApiError code_storage_exceeded() {
  return {400, "CodeStorageExceededException", "Code storage limit exceeded."};
}

ApiError payload_too_large(std::size_t size, std::string_view type, std::size_t limit) {
  return {413, "RequestTooLargeException",
          std::to_string(size) + " byte payload is too large for the " + Text(type) +
              " invocation type (limit " + std::to_string(limit) + " bytes)"};
}
ApiError payload_is_no_json(std::string_view why) {
  return {400, "InvalidRequestContentException",
          "Could not parse request body into json: Could not parse payload into json: " + Text(why)};
}
ApiError client_context_unusable() {
  return {400, "InvalidRequestContentException",
          "Client context must be a valid Base64-encoded JSON object."};
}
ApiError throttled() { return too_many_requests("ConcurrentInvocationLimitExceeded", "Rate Exceeded."); }
ApiError reserved_concurrency_reached() {
  return too_many_requests("ReservedFunctionConcurrentInvocationLimitExceeded", "Rate Exceeded.");
}
ApiError event_queue_full() {
  return too_many_requests("CallerRateLimitExceeded",
                           "The queue of asynchronous invocations is full; try again later.");
}
ApiError code_unusable(std::string_view why) {
  return {502, "InvalidZipFileException", "Lambda could not unzip the deployment package: " + Text(why)};
}
ApiError isolation_unavailable(std::string_view why) { return {500, "ServiceException", Text(why)}; }
ApiError not_run() {
  return {500, "ServiceException", "The function could not be started; see the server's log."};
}

ApiError tags_of_a_version() {
  return invalid_parameter(
      "Tags on function aliases and versions are not supported. Please specify a function ARN.");
}
ApiError no_tags() { return invalid_parameter("An error occurred and the request cannot be processed."); }
ApiError too_many_tags() { return invalid_parameter("Number of tags exceeds resource tag limit."); }

ApiError mapping_not_found() {
  return {404, "ResourceNotFoundException", "The resource you requested does not exist."};
}
ApiError tagged_mapping_not_found(std::string_view arn) {
  return {404, "ResourceNotFoundException", "Event source mapping not found: " + Text(arn)};
}
ApiError bad_filter(std::string_view why) {
  return invalid_parameter("Invalid filter pattern definition. " + Text(why));
}
ApiError mapping_in_use() {
  return {400, "ResourceInUseException", "Cannot update the event source mapping because it is in use."};
}
ApiError mapping_exists(std::string_view source, std::string_view function, std::string_view uuid) {
  return conflict(
      "The event source arn (\" " + Text(source) + " \") and function (\" " + Text(function) +
      " \") provided mapping already exists. Please update or delete the existing mapping with UUID " +
      Text(uuid));
}
ApiError mapping_function_not_found() { return invalid_parameter("Function does not exist"); }
ApiError unrecognized_source() { return invalid_parameter("Unrecognized event source."); }
ApiError source_not_found(std::string_view arn) {
  return invalid_parameter("Stream not found: " + Text(arn));
}
ApiError role_not_assumable() {
  return invalid_parameter("The role defined for the function cannot be assumed by Lambda.");
}
ApiError source_not_accessible(std::string_view arn) {
  return invalid_parameter("Cannot access stream " + Text(arn) +
                           ". Please ensure the role can perform the GetRecords, GetShardIterator, "
                           "DescribeStream, ListShards, and ListStreams Actions on your stream in Kinesis.");
}
ApiError starting_position_missing() {
  return invalid_parameter(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member "
      "must "
      "not be null.");
}
ApiError starting_timestamp_misplaced(bool wanted) {
  return invalid_parameter(wanted ? "StartingPositionTimestamp is required for StartingPosition AT_TIMESTAMP."
                                  : "StartingPositionTimestamp is only for StartingPosition AT_TIMESTAMP.");
}
ApiError starting_timestamp_in_future() {
  return invalid_parameter("StartingPositionTimestamp must not be in the future.");
}
ApiError record_age_too_short(int seconds) {
  return invalid_parameter("MaximumRecordAgeInSeconds must be -1 or at least 60; it was " +
                           std::to_string(seconds) + ".");
}
ApiError unsupported_parameter(std::string_view name) {
  return invalid_parameter("Unsupported " + Text(name) + " parameter for given event source mapping type.");
}
ApiError bad_destination_function(std::string_view arn) {
  return invalid_parameter("The destination ARN " + Text(arn) + " is invalid.");
}
ApiError own_destination() {
  return invalid_parameter("You can't specify the function as a destination for itself.");
}
ApiError bad_destination(std::string_view destination, std::string_view why) {
  return invalid_parameter("The destination " + Text(destination) + " cannot be used. " + Text(why));
}

ApiError invalid_marker() { return invalid_parameter("Invalid value for Marker."); }
ApiError link_expired() {
  return {403, "AccessDeniedException", "This link has expired or was not made by this server."};
}
// The name of the operation is that of AWS's message; the limit is the same for all.
ApiError request_too_large() {
  return {413, "RequestEntityTooLargeException",
          "Request must be smaller than 70167211 bytes for the CreateFunction operation"};
}
ApiError internal() {
  return {500, "ServiceException", "The request failed because of an internal error of the server."};
}

}  // namespace millrace::lambda
