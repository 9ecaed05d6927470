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
ApiError pattern_not_supported(std::string_view pattern) {
  return {
      400, "InvalidParameterException",
      "The filter pattern " + std::string(pattern) +
          " is not supported by this server; it takes words, \"phrases\", ?alternatives and -exclusions."};
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
