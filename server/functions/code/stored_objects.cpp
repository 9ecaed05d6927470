#include "server/functions/code/stored_objects.h"

#include "server/log.h"

namespace millrace::functions {

namespace {

using Read = boost::system::result<std::string, lambda::FetchError>;

Read failure(const storage::Error& e) {
  log::error("code_object_read_failed", {{"reason", e.detail}});
  return lambda::FetchError{"InternalError", "We encountered an internal error. Please try again."};
}

}  // namespace

boost::asio::awaitable<Read> StoredObjects::read(Caller caller, std::string bucket, std::string key,
                                                 std::uint64_t limit) {
  const storage::BucketId id{caller.account, std::move(bucket)};
  const auto found = co_await objects_.bucket(id);
  if (found.has_error()) {
    if (found.error().code != storage::Errc::not_found) co_return failure(found.error());
    co_return lambda::FetchError{"NoSuchBucket", "The specified bucket does not exist"};
  }
  storage::ObjectId object{id, std::move(key)};
  auto opened = co_await objects_.open(std::move(object));
  if (opened.has_error()) {
    if (opened.error().code != storage::Errc::not_found) co_return failure(opened.error());
    co_return lambda::FetchError{"NoSuchKey", "The specified key does not exist."};
  }
  const std::uint64_t size = opened->object.size;
  if (size > limit)
    co_return lambda::FetchError{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"};
  auto bytes = co_await objects_.read(std::move(*opened), 0, static_cast<std::size_t>(size));
  if (bytes.has_error()) co_return failure(bytes.error());
  co_return Read(boost::system::in_place_value, std::move(*bytes));
}

}  // namespace millrace::functions
