#include "api/s3/lifecycles.h"

#include "api/core/error.h"

namespace millrace::s3 {

namespace {

std::string name_of(const storage::BucketId& bucket) { return bucket.account + "/" + bucket.name; }

std::shared_ptr<const Lifecycle> parsed(const std::optional<std::string>& kept) {
  if (!kept) return nullptr;
  pugi::xml_document document;
  auto rules = std::make_shared<Lifecycle>(parse_xml(document, *kept, "LifecycleConfiguration"));
  rules->fingerprint = std::hash<std::string>()(*kept);
  return rules;
}

}  // namespace

boost::asio::awaitable<std::shared_ptr<const Lifecycle>> Lifecycles::of(storage::BucketId bucket) {
  const std::string name = name_of(bucket);
  std::uint64_t seen = 0;
  {
    const std::lock_guard hold(mutex_);
    if (const auto it = rules_.find(name); it != rules_.end()) co_return it->second;
    seen = changes_;
  }
  const auto kept = co_await objects_.setting(std::move(bucket), std::string(kLifecycleSetting));
  if (!kept && kept.error().code == storage::Errc::not_found) co_return nullptr;
  std::shared_ptr<const Lifecycle> rules = parsed(or_throw(kept));
  const std::lock_guard hold(mutex_);
  if (rules_.size() >= kMost) rules_.clear();
  if (seen == changes_) rules_.emplace(name, rules);  // else what was read may be old already
  co_return rules;
}

void Lifecycles::changed(const storage::BucketId& bucket) {
  const std::lock_guard hold(mutex_);
  ++changes_;
  rules_.erase(name_of(bucket));
}

}  // namespace millrace::s3
