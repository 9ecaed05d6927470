#include "api/logs/errors.h"

namespace millrace::logs {

ApiError group_not_found() {
  return {400, "ResourceNotFoundException", "The specified log group does not exist."};
}
ApiError stream_not_found() {
  return {400, "ResourceNotFoundException", "The specified log stream does not exist."};
}
ApiError group_missing() {
  return {400, "InvalidParameterException", "Either logGroupName or logGroupIdentifier must be given."};
}
// LocalStack's recordings test_describe_log_streams_with_log_group_identifier and
// test_describe_log_groups_prefix_and_pattern_error.
ApiError name_and_identifier() {
  return {400, "ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters."};
}
ApiError prefix_and_pattern() {
  return {400, "InvalidParameterException",
          "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."};
}
ApiError prefix_and_names() {
  return {400, "InvalidParameterException",
          "LogStream name prefix and LogStream names are mutually exclusive parameters."};
}
// turbot/steampipe-plugin-aws, issue 1949.
ApiError ordered_by_time_with_prefix() {
  return {400, "InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix."};
}
ApiError constraint_violated(const std::string& message) {
  return {400, "InvalidParameterException", message};
}
ApiError pattern_not_supported(std::string_view pattern) {
  return {400, "InvalidParameterException",
          "The filter pattern " + std::string(pattern) +
              " is not supported by this server; use words, \"phrases\", ?alternatives and -exclusions."};
}
ApiError latest_first_not_supported() {
  return {400, "InvalidParameterException",
          "startFromHead false is not supported by FilterLogEvents of this server. Use GetLogEvents."};
}
ApiError bad_retention() {
  return {
      400, "InvalidParameterException",
      "retentionInDays must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, "
      "1827, 2192, 2557, 2922, 3288 and 3653."};
}
ApiError invalid_token() { return {400, "InvalidParameterException", "The specified nextToken is invalid."}; }
ApiError internal() {
  return {500, "ServiceUnavailableException", "The service cannot complete the request."};
}

}  // namespace millrace::logs
