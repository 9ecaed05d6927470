#include "api/s3/lifecycles.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMost = 10'000;

std::shared_ptr<const Lifecycle> parsed(std::string kept) {
  pugi::xml_document document;
  auto rules = std::make_shared<Lifecycle>(parse_xml(document, kept, "LifecycleConfiguration"));
  rules->fingerprint = std::hash<std::string>()(kept);
  return rules;
}

}  // namespace

Lifecycles::Lifecycles(storage::ObjectStore& objects)
    : SettingCache(objects, std::string(kLifecycleSetting), kMost, parsed) {}

}  // namespace millrace::s3
