// What services know of a resource that decides who may use it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/auth/policies/policy.h"
#include "api/core/access.h"
#include "api/core/service.h"

namespace millrace::access {

// The policy document that is attached to a resource; nullptr or empty: none.
using PolicyText = std::shared_ptr<const std::string>;

// How the application asks the services, by the service's name in the ARN. Members can be empty.
struct ResourceSource {
  std::function<asio::awaitable<PolicyText>(Resource)> policy;
  std::function<std::map<std::string, std::string>(const Resource&)> tags;
};

// Owned by the application. Can be called from any thread.
class ResourceFacts {
 public:
  explicit ResourceFacts(std::map<std::string, ResourceSource, std::less<>> sources)
      : sources_(std::move(sources)) {}

  // The parsed policy; nullptr: none. A stored document that cannot be parsed denies nothing and allows
  // nothing: it was checked when it was stored.
  // `resource`: with its account, where its ARN names none too.
  [[nodiscard]] asio::awaitable<auth::PolicyPtr> policy_of(Resource resource) const;
  [[nodiscard]] std::map<std::string, std::string> tags_of(const Resource& resource) const;

 private:
  [[nodiscard]] const ResourceSource* source_of(const Resource& resource) const;
  [[nodiscard]] auth::PolicyPtr known(const std::string& document) const;

  // Documents are few, and the same ones are asked for again and again. When it is full, it begins anew.
  static constexpr std::size_t kMostParsed = 4096;
  const std::map<std::string, ResourceSource, std::less<>> sources_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, auth::PolicyPtr> parsed_;  // by the document; guarded by mutex_
};

}  // namespace millrace::access
