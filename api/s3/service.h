// Amazon S3 as a service, over a storage::ObjectStore.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <span>

#include "api/core/begun.h"
#include "api/s3/bucket_policy.h"
#include "api/s3/expiration.h"
#include "storage/clock.h"

namespace millrace::s3 {

struct S3Options {
  std::uint64_t max_object_bytes = 5ull << 30;  // of one PUT or part
  unsigned workers = 2;                         // threads that compute digests of large bodies
};

// Owned by the application; the operations reach its parts.
class S3 final : public BeginningService {
 public:
  S3(storage::ObjectStore& objects, const Clock& clock, S3Options options);
  ~S3() override;

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] std::unique_ptr<BegunRequest> begin(Request& request) override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override;
  [[nodiscard]] ApiError internal_failure() const override;
  [[nodiscard]] std::uint64_t max_body() const override;
  [[nodiscard]] ApiError too_large() const override;
  [[nodiscard]] ApiError too_slow() const override;

  // The bucket's policy, without a copy, and from memory unless the bucket was not asked for lately; nullptr:
  // it has none, or does not exist. Throws StorageFailure.
  [[nodiscard]] asio::awaitable<std::shared_ptr<const std::string>> policy_document(
      storage::BucketId bucket) {
    return policies.of(std::move(bucket));
  }

  storage::ObjectStore& objects;
  const Clock& clock;
  const S3Options options;
  asio::thread_pool workers;
  Lifecycles lifecycles;
  BucketPolicies policies;
  Expiration expiration;  // run by whoever owns the service

 private:
  class Begun;
};

// Every operation that is answered, the more special before the more general.
[[nodiscard]] std::span<const Operation* const> operations();
[[nodiscard]] const ServiceModel& service_model();

}  // namespace millrace::s3
