#include "api/auth/policies/checks_of_resources.h"

#include <algorithm>
#include <array>

namespace millrace::auth {

namespace {

constexpr std::string_view kPartitions[] = {"*",         "aws",       "aws-cn",    "aws-us-gov", "aws-iso",
                                            "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"};
constexpr std::string_view kIamPaths[] = {"user/",
                                          "federated-user/",
                                          "role/",
                                          "group/",
                                          "instance-profile/",
                                          "mfa/",
                                          "server-certificate/",
                                          "policy/",
                                          "sms-mfa/",
                                          "saml-provider/",
                                          "oidc-provider/",
                                          "report/",
                                          "access-report/"};

// The parts of an ARN: "arn", partition, service, region, account and the rest. `count` of them are present.
// Colons in the names of variables do not count.
struct Parts {
  std::array<std::string_view, 6> text;
  std::size_t count = 0;
};

Parts parts_of(std::string_view arn) {
  Parts out;
  std::size_t begin = 0;
  bool in_variable = false;
  for (std::size_t i = 0; i < arn.size() && out.count < 5; ++i) {
    if (arn.substr(i, 2) == "${") in_variable = true;
    if (arn[i] == '}') in_variable = false;
    if (arn[i] != ':' || in_variable) continue;
    out.text[out.count++] = arn.substr(begin, i - begin);
    begin = i + 1;
  }
  out.text[out.count++] = arn.substr(begin);
  return out;
}

std::string partition_error(const Parts& parts) {
  std::string out = "Partition \"" + std::string(parts.text[1]) + "\" is not valid for resource \"arn:";
  out += parts.text[1];
  for (std::size_t i = 2; i < 6; ++i) out.append(":").append(i < parts.count ? parts.text[i] : "*");
  return out + "\".";
}

std::string iam_error(const std::string& resource, const Parts& parts) {
  if (!parts.text[3].empty()) return "IAM resource " + resource + " cannot contain region information.";
  if (parts.count < 6) return "";
  const std::string_view path = parts.text[5];
  std::string known;
  for (const std::string_view start : kIamPaths) {
    if (path.starts_with(start)) return "";
    known.append(known.empty() ? "" : ", ").append(start);
  }
  if (path.starts_with('*')) return "";
  return "IAM resource path must either be \"*\" or start with " + known + ".";
}

}  // namespace

std::string resource_error(const std::string& resource) {
  if (resource == "*") return "";
  const Parts parts = parts_of(resource);
  if (parts.count < 2) return "Resource " + resource + " must be in ARN format or \"*\".";
  if (std::find(std::begin(kPartitions), std::end(kPartitions), parts.text[1]) == std::end(kPartitions))
    return partition_error(parts);
  if (parts.count < 3) return "Resource vendor must be fully qualified and cannot contain regexes.";
  if (parts.text[2] == "iam") return iam_error(resource, parts);
  if (parts.text[2] == "s3" && parts.count == 6 && !parts.text[3].empty() && parts.text[4].empty())
    return "Resource " + resource + " can not contain region information.";
  return "";
}

bool is_legacy_arn(std::string_view resource) {
  if (resource == "*") return true;
  const Parts parts = parts_of(resource);
  if (parts.count < 3 || parts.text[2].empty()) return false;
  return parts.count == 6 || resource.find("::") == std::string_view::npos;
}

}  // namespace millrace::auth
