// How each service is asked for the policies and tags of its resources.
#pragma once

#include "api/auth/identities/identities.h"
#include "api/dynamodb/service.h"
#include "api/kinesis/service.h"
#include "api/kms/service.h"
#include "api/lambda/service.h"
#include "api/s3/service.h"
#include "server/access/resource_facts.h"

namespace millrace::access {

struct ServicesWithResources {
  kinesis::Kinesis& kinesis;
  lambda::Lambda& lambda;
  dynamodb::DynamoDb& dynamodb;
  kms::Kms& kms;
  s3::S3& s3;
  auth::Identities& identities;
};

// The services outlive the result.
[[nodiscard]] std::map<std::string, ResourceSource, std::less<>> resource_sources(
    ServicesWithResources services);

}  // namespace millrace::access
