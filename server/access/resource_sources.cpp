#include "server/access/resource_sources.h"

namespace millrace::access {

namespace {

using Tags = std::map<std::string, std::string>;

std::string up_to(const std::string& text, char separator) { return text.substr(0, text.find(separator)); }
// Behind the last '/', which paths of IAM's names end with.
std::string last_part(const std::string& text) { return text.substr(text.rfind('/') + 1); }

// Most are answered from memory; that of a bucket may be read from disk.
asio::awaitable<PolicyText> policy_of(const kinesis::Kinesis& kinesis, Resource resource) {
  co_return kinesis.policy_document(resource.arn());
}
asio::awaitable<PolicyText> policy_of(const lambda::Lambda& lambda, Resource resource) {
  co_return lambda.policy_document(resource);
}
asio::awaitable<PolicyText> policy_of(s3::S3& s3, Resource resource) {
  storage::BucketId bucket{resource.account, up_to(resource.name, '/')};
  co_return co_await s3.policy_document(std::move(bucket));
}

asio::awaitable<PolicyText> policy_of(const kms::Kms& kms, Resource resource) {
  if (resource.type != "key") co_return nullptr;
  kms::KeyPtr key = kms.store.key(resource.account, resource.region, resource.name).row;
  if (!key) co_return nullptr;
  const std::string* const policy = &key->policy;
  co_return PolicyText(std::move(key), policy);
}

ResourceSource of_kinesis(kinesis::Kinesis& kinesis) {
  ResourceSource out;
  out.policy = [&kinesis](Resource resource) { return policy_of(kinesis, std::move(resource)); };
  out.tags = [&kinesis](const Resource& resource) -> Tags {
    const auto stream = kinesis.streams.find(resource.account, resource.region, up_to(resource.name, '/'));
    if (!stream) return {};
    if (resource.name.find('/') == std::string::npos) return stream->tags;
    for (const kinesis::Consumer& consumer : stream->consumers)
      if (stream->arn_of(consumer) == resource.arn()) return consumer.tags;
    return {};
  };
  return out;
}

ResourceSource of_lambda(lambda::Lambda& lambda) {
  ResourceSource out;
  out.policy = [&lambda](Resource resource) { return policy_of(lambda, std::move(resource)); };
  out.tags = [&lambda](const Resource& resource) -> Tags {
    if (resource.type != "function") return {};
    const auto function = lambda.functions.find(resource.account, resource.region, up_to(resource.name, ':'));
    return function ? function->tags : Tags();
  };
  return out;
}

ResourceSource of_dynamodb(dynamodb::DynamoDb& dynamodb) {
  ResourceSource out;
  out.tags = [&dynamodb](const Resource& resource) -> Tags {
    const auto found = dynamodb.store.find(
        dynamodb::Store::key_of(resource.account, resource.region, up_to(resource.name, '/')));
    return found.table ? found.table->tags : Tags();
  };
  return out;
}

ResourceSource of_kms(kms::Kms& kms) {
  ResourceSource out;
  out.policy = [&kms](Resource resource) { return policy_of(kms, std::move(resource)); };
  out.tags = [&kms](const Resource& resource) -> Tags {
    const kms::KeyPtr key = kms.store.key(resource.account, resource.region, resource.name).row;
    return key ? key->tags : Tags();
  };
  return out;
}

// Buckets are unique in an account. Only a bucket's own policy counts: objects have none.
ResourceSource of_s3(s3::S3& s3) {
  ResourceSource out;
  out.policy = [&s3](Resource resource) { return policy_of(s3, std::move(resource)); };
  return out;
}

ResourceSource of_identities(auth::Identities& identities) {
  ResourceSource out;
  out.tags = [&identities](const Resource& resource) -> Tags {
    const auto kind = resource.type == "user"   ? auth::EntityKind::user
                      : resource.type == "role" ? auth::EntityKind::role
                                                : auth::EntityKind::group;
    const auto found = identities.store().entity(kind, resource.account, last_part(resource.name));
    return found.row ? found.row->tags : Tags();
  };
  return out;
}

}  // namespace

std::map<std::string, ResourceSource, std::less<>> resource_sources(ServicesWithResources services) {
  std::map<std::string, ResourceSource, std::less<>> out;
  out["kinesis"] = of_kinesis(services.kinesis);
  out["lambda"] = of_lambda(services.lambda);
  out["dynamodb"] = of_dynamodb(services.dynamodb);
  out["kms"] = of_kms(services.kms);
  out["s3"] = of_s3(services.s3);
  out["iam"] = of_identities(services.identities);
  return out;
}

}  // namespace millrace::access
