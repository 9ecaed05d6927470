#include "server/access/resource_facts.h"

namespace millrace::access {

namespace {

auth::PolicyPtr parse(const std::string& document) {
  try {
    return auth::parse_policy(document, auth::PolicyKind::resource);
  } catch (const auth::MalformedPolicy&) {
    return nullptr;
  }
}

}  // namespace

const ResourceSource* ResourceFacts::source_of(const Resource& resource) const {
  const auto at = sources_.find(resource.service);
  return at == sources_.end() || resource.name.empty() ? nullptr : &at->second;
}

asio::awaitable<auth::PolicyPtr> ResourceFacts::policy_of(Resource resource) const {
  const ResourceSource* const source = source_of(resource);
  if (!source || !source->policy) co_return nullptr;
  const PolicyText document = co_await source->policy(std::move(resource));
  if (!document || document->empty()) co_return nullptr;
  co_return known(*document);
}

auth::PolicyPtr ResourceFacts::known(const std::string& document) const {
  const std::lock_guard lock(mutex_);
  if (const auto at = parsed_.find(document); at != parsed_.end()) return at->second;
  if (parsed_.size() >= kMostParsed) parsed_.clear();
  return parsed_.emplace(document, parse(document)).first->second;
}

std::map<std::string, std::string> ResourceFacts::tags_of(const Resource& resource) const {
  const ResourceSource* const source = source_of(resource);
  return source && source->tags ? source->tags(resource) : std::map<std::string, std::string>();
}

}  // namespace millrace::access
