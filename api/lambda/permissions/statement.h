// The statements of resource policies, out of the members of requests. Source: LocalStack's recordings of AWS
// (TestLambdaPermissions, TestLambdaLayer); Lambda developer guide, "Control access to Lambda function URLs".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/lambda/permissions/resource_policy.h"

namespace millrace::lambda {

// What a request lets a principal do. The texts have the patterns of permission_shapes.h.
struct Grant {
  std::string sid, action, resource;
  std::string principal;
  // The conditions.
  std::optional<std::string> source_arn, source_account, event_source_token, url_auth_type, organization;
  bool by_url = false;  // only for invocations by a function URL
};

// The statement that AWS makes of it. `region`: of the resource, which says the partition of an account's
// ARN. Throws bad_principal when the principal is no service, account, ARN of IAM or STS, or "*".
[[nodiscard]] PolicyStatement statement_of(const Grant& grant, std::string_view region);

}  // namespace millrace::lambda
