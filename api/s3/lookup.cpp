#include "api/s3/lookup.h"

#include "api/core/arn.h"
#include "api/s3/addressing.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"

namespace millrace::s3 {

asio::awaitable<storage::Bucket> existing_bucket(S3& s3, storage::BucketId id) {
  storage::Result<storage::Bucket> bucket = co_await s3.objects.bucket(id);
  if (!bucket && bucket.error().code == storage::Errc::not_found) throw no_such_bucket(id.name);
  co_return or_throw(std::move(bucket));
}

asio::awaitable<std::optional<std::string>> bucket_setting(S3& s3, storage::BucketId id, std::string name) {
  auto kept = co_await s3.objects.setting(id, std::move(name));
  if (!kept && kept.error().code == storage::Errc::not_found) throw no_such_bucket(id.name);
  co_return or_throw(std::move(kept));
}

asio::awaitable<void> keep_setting(S3& s3, storage::BucketId id, std::string name,
                                   std::optional<std::string> value) {
  const auto kept = co_await s3.objects.set_setting(id, std::move(name), std::move(value));
  if (!kept) throw_write_error(kept.error(), {std::move(id), ""}, {});
}

asio::awaitable<std::optional<std::string>> expiration_of(S3& s3, storage::BucketId bucket,
                                                          storage::Object object) {
  const std::shared_ptr<const Lifecycle> rules = co_await s3.lifecycles.of(std::move(bucket));
  if (!rules) co_return std::nullopt;
  const auto expiry = rules->expiry_of(object);
  if (!expiry) co_return std::nullopt;
  co_return expiration_text(*expiry);
}

std::string bucket_arn(const storage::Bucket& bucket) {
  return "arn:" + std::string(partition_of(bucket.location)) + ":s3:::" + bucket.name;
}

asio::awaitable<storage::OpenObject> existing_object(S3& s3, storage::ObjectId id) {
  storage::Result<storage::OpenObject> object = co_await s3.objects.open(id);
  if (!object && object.error().code == storage::Errc::not_found) {
    (void)co_await existing_bucket(s3, id.bucket);
    throw no_such_key(id.key);
  }
  co_return or_throw(std::move(object));
}

asio::awaitable<storage::Upload> existing_upload(S3& s3, storage::UploadId id) {
  storage::Result<storage::Upload> upload = co_await s3.objects.upload(id);
  if (!upload && upload.error().code == storage::Errc::not_found) {
    (void)co_await existing_bucket(s3, id.object.bucket);
    throw no_such_upload(id.id);
  }
  co_return or_throw(std::move(upload));
}

void check_version(const std::string& version) {
  if (version.empty()) throw invalid_argument("Version id cannot be the empty string", "versionId", version);
  if (version != "null") throw invalid_argument("Invalid version id specified", "versionId", version);
}

storage::ObjectId copy_source_of(const std::string& account, std::string_view header) {
  const auto invalid = [] {
    return invalid_argument("Invalid copy source object key", "x-amz-copy-source", "x-amz-copy-source");
  };
  std::string_view source = header.substr(0, header.find('?'));
  if (source.size() < header.size()) {
    for (const auto& [name, value] : parse_query(header.substr(source.size() + 1)))
      if (name == "versionId") check_version(value);
  }
  // The header is form-encoded, unlike the path: a plus is a space.
  const std::string decoded = percent_decode(source, true);
  std::string_view path = decoded;
  if (path.starts_with('/')) path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size()) throw invalid();
  storage::ObjectId id{{account, std::string(path.substr(0, slash))}, std::string(path.substr(slash + 1))};
  if (!is_bucket_name(id.bucket.name)) throw invalid();
  check_key(id.key);
  return id;
}

asio::awaitable<storage::OpenObject> open_copy_source(S3& s3, Headers conditions, storage::ObjectId id) {
  storage::OpenObject source = co_await existing_object(s3, std::move(id));
  check_copy_source(conditions, source.object, s3.clock.now());
  co_return source;
}

}  // namespace millrace::s3
