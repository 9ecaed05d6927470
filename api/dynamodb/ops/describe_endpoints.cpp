// DescribeEndpoints: where clients with endpoint discovery send their requests: here. Source: DynamoDB API
// reference.
#include "api/dynamodb/service.h"

namespace millrace::dynamodb {

namespace {

constexpr std::int64_t kMinutes = 1440;

struct Endpoint {
  std::string address;
  std::int64_t minutes = kMinutes;
};
constexpr auto kEndpoint =
    shape<Endpoint>(field("Address", &Endpoint::address), field("CachePeriodInMinutes", &Endpoint::minutes));

struct DescribeEndpointsOutput {
  std::vector<Endpoint> endpoints;
};
using Out = DescribeEndpointsOutput;
constexpr auto kOutput = shape<Out>(field("Endpoints", &Out::endpoints, kEndpoint));

asio::awaitable<Out> describe_endpoints(DynamoDb&, Request& request, Nothing) {
  Out out;
  out.endpoints.push_back({std::string(request.http.headers.get("host"))});
  co_return out;
}

}  // namespace

extern const Operation kDescribeEndpoints;
const Operation kDescribeEndpoints =
    operation("DescribeEndpoints", kNothing, kOutput, describe_endpoints).reads().on(every_resource);

}  // namespace millrace::dynamodb
