#include "server/pipeline/cors.h"

namespace millrace {

bool is_preflight(const HttpRequest& request) {
  return request.method == "OPTIONS" && request.headers.find("origin").has_value();
}

HttpResponse answer_preflight(const HttpRequest& request, const std::string& request_id) {
  HttpResponse response;
  response.headers.add("x-amzn-RequestId", request_id);
  response.headers.add("Access-Control-Allow-Origin", "*");
  if (const auto wanted = request.headers.find("access-control-request-headers"))
    response.headers.add("Access-Control-Allow-Headers", std::string(*wanted));
  if (const auto wanted = request.headers.find("access-control-request-method"))
    response.headers.add("Access-Control-Allow-Methods", std::string(*wanted));
  response.headers.add("Access-Control-Max-Age", "172800");
  return response;
}

void add_cors(HttpResponse& response) {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set(
      "Access-Control-Expose-Headers",
      "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date");
}

}  // namespace millrace
