#include "api/core/arn.h"

#include <utility>

namespace millrace {

std::string_view partition_of(std::string_view region) {
  static constexpr std::pair<std::string_view, std::string_view> kPartitions[] = {
      {"cn-", "aws-cn"},         {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"}, {"us-isob-", "aws-iso-b"},
      {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"}, {"eusc-", "aws-eusc"}};
  for (const auto& [prefix, partition] : kPartitions)
    if (region.starts_with(prefix)) return partition;
  return "aws";
}

std::string arn_of(std::string_view service, std::string_view region, std::string_view account,
                   std::string_view resource) {
  std::string out = "arn:";
  out.append(partition_of(region)).append(":").append(service).append(":").append(region).append(":");
  return out.append(account).append(":").append(resource);
}

}  // namespace millrace
