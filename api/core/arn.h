// Amazon resource names: what those of all services have in common.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

// The partition of AWS that a region belongs to, which every ARN begins with: "aws-cn" for China,
// "aws-us-gov" for GovCloud and so on, "aws" for the rest. Source: botocore's partitions.json.
[[nodiscard]] std::string_view partition_of(std::string_view region);

// "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE".
[[nodiscard]] std::string arn_of(std::string_view service, std::string_view region, std::string_view account,
                                 std::string_view resource);

}  // namespace millrace
