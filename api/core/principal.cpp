#include "api/core/principal.h"

#include "api/core/arn.h"

namespace millrace {

Principal root_of(std::string account, std::string region) {
  Principal out;
  out.arn = "arn:" + std::string(partition_of(region)) + ":iam::" + account + ":root";
  out.account = std::move(account);
  out.region = std::move(region);
  return out;
}

Principal role_session(std::string role_arn, std::string session, std::string account, std::string region) {
  Principal out = root_of(std::move(account), std::move(region));
  const std::string role = role_arn.substr(role_arn.rfind('/') + 1);
  out.arn = "arn:" + std::string(partition_of(out.region)) + ":sts::" + out.account + ":assumed-role/" +
            role + "/" + session;
  out.session = std::move(session);
  return out;
}

}  // namespace millrace
