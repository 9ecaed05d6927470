// Brings what event source mappings give up to where they are told to: a bucket, a stream, an endpoint.
#pragma once

#include "api/kinesis/service.h"
#include "api/lambda/acting.h"
#include "api/lambda/events/destination.h"
#include "server/delivery/http_client.h"
#include "storage/objects.h"

namespace millrace::delivery {

// S3 elsewhere, where objects go instead of into the embedded store.
struct S3Elsewhere {
  std::string url;  // no slash at its end
  SigningKeys keys;
};

class Destinations final : public lambda::Destinations {
 public:
  Destinations(kinesis::Kinesis& kinesis, storage::ObjectStore& objects, HttpClient& http,
               std::optional<S3Elsewhere> elsewhere, AddressPolicy policy, lambda::RoleCheck role_check)
      : kinesis_(kinesis),
        objects_(objects),
        http_(http),
        elsewhere_(std::move(elsewhere)),
        policy_(std::move(policy)),
        role_check_(std::move(role_check)) {}

  [[nodiscard]] boost::asio::awaitable<storage::Result<void>> check(Principal caller,
                                                                    lambda::Destination destination) override;
  [[nodiscard]] boost::asio::awaitable<storage::Result<void>> deliver(lambda::Delivery delivery) override;

 private:
  // Why the function's role may not deliver there; nullopt: it may.
  [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> denial(
      const lambda::Delivery& delivery) const;

  using Done = boost::asio::awaitable<storage::Result<void>>;
  Done to_bucket(lambda::Delivery delivery);
  Done to_stream(lambda::Delivery delivery);
  Done send(OutRequest request);

  kinesis::Kinesis& kinesis_;
  storage::ObjectStore& objects_;
  HttpClient& http_;
  const std::optional<S3Elsewhere> elsewhere_;
  const AddressPolicy policy_;  // of endpoints
  const lambda::RoleCheck role_check_;
};

}  // namespace millrace::delivery
