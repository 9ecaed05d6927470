#include "server/delivery/destinations.h"

#include "api/core/digest.h"
#include "api/core/md5_many.h"
#include "api/kinesis/put.h"

namespace millrace::delivery {

namespace {

using storage::Errc;
using Kind = lambda::Destination::Kind;

storage::Error missing(const lambda::Destination& destination) {
  const bool bucket = destination.kind == Kind::bucket;
  return {Errc::not_found,
          std::string("The ") + (bucket ? "bucket" : "stream") + " does not exist. Create it first."};
}

}  // namespace

Destinations::Done Destinations::check(Principal caller, lambda::Destination destination) {
  if (destination.kind == Kind::stream) {
    const auto stream = kinesis_.streams.find(caller.account, caller.region, destination.name);
    if (!stream) co_return missing(destination);
  } else if (destination.kind == Kind::bucket && !elsewhere_) {
    const auto bucket = co_await objects_.bucket({caller.account, destination.name});
    if (bucket.has_error() && bucket.error().code == Errc::not_found) co_return missing(destination);
    if (bucket.has_error()) co_return bucket.error();
  } else if (destination.kind == Kind::endpoint && names_refused_host(destination.name, policy_)) {
    co_return storage::Error{
        Errc::not_found,
        "The endpoint's address is not public. To allow it, change the server's setting allow-destinations."};
  }
  co_return storage::Result<void>();
}

boost::asio::awaitable<std::optional<std::string>> Destinations::denial(
    const lambda::Delivery& delivery) const {
  if (!role_check_) co_return std::nullopt;
  const Principal& from = delivery.from;
  if (delivery.destination.kind == Kind::stream) {
    Resource stream{"kinesis", from.region, from.account, "stream", delivery.destination.name};
    co_return co_await role_check_(from, "kinesis:PutRecord", std::move(stream));
  }
  if (delivery.destination.kind == Kind::bucket && !elsewhere_) {
    Resource object{"s3", "", "", "", delivery.destination.name + "/" + delivery.key};
    co_return co_await role_check_(from, "s3:PutObject", std::move(object));
  }
  co_return std::nullopt;
}

Destinations::Done Destinations::deliver(lambda::Delivery delivery) {
  if (const auto denied = co_await denial(delivery)) co_return storage::Error{Errc::io, *denied};
  if (delivery.destination.kind == Kind::stream) co_return co_await to_stream(std::move(delivery));
  if (delivery.destination.kind == Kind::bucket) co_return co_await to_bucket(std::move(delivery));
  OutRequest request;
  request.url = delivery.destination.name;
  request.headers = {"Content-Type: application/json", "User-Agent: Millrace"};
  request.body = std::move(delivery.body);
  request.only = &policy_;
  co_return co_await send(std::move(request));
}

Destinations::Done Destinations::send(OutRequest request) {
  const std::string url = request.url;
  const auto answer = co_await http_.send(std::move(request));
  if (answer.has_error()) co_return answer.error();
  if (answer->status >= 200 && answer->status < 300) co_return storage::Result<void>();
  co_return storage::Error{Errc::io,
                           url + " answered " + std::to_string(answer->status) + ": " + answer->body};
}

Destinations::Done Destinations::to_bucket(lambda::Delivery delivery) {
  const std::string& bucket = delivery.destination.name;
  if (elsewhere_) {
    OutRequest request;
    request.method = "PUT";
    request.url = elsewhere_->url + "/" + bucket + "/" + delivery.key;
    request.headers = {"Content-Type: application/json"};
    request.body = std::move(delivery.body);
    request.keys = elsewhere_->keys;
    co_return co_await send(std::move(request));
  }
  const Md5Digest digest = md5(delivery.body);
  storage::Description description;
  description.tag = hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  description.attributes = {{"content-type", "application/json"}};
  storage::ObjectId id{{delivery.from.account, bucket}, delivery.key};
  storage::Content content = std::move(delivery.body);
  const auto put = co_await objects_.put(std::move(id), std::move(content), std::move(description), {});
  if (put.has_error()) co_return put.error();
  co_return storage::Result<void>();
}

Destinations::Done Destinations::to_stream(lambda::Delivery delivery) {
  kinesis::StreamPtr stream =
      kinesis_.streams.find(delivery.from.account, delivery.from.region, delivery.destination.name);
  if (!stream) co_return missing(delivery.destination);
  kinesis::PutEntry entry;
  entry.data.bytes = std::move(delivery.body);
  entry.key = std::move(delivery.key);
  try {
    check_entry(entry, *stream);
    co_await put_one(kinesis_, std::move(stream), entry);
  } catch (const std::exception& e) {
    co_return storage::Error{Errc::io, e.what()};
  }
  co_return storage::Result<void>();
}

}  // namespace millrace::delivery
