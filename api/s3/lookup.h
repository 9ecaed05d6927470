// Buckets and objects by name, or S3's error that there is none.
#pragma once

#include "api/s3/service.h"

namespace millrace::s3 {

// Throws NoSuchBucket.
[[nodiscard]] asio::awaitable<storage::Bucket> existing_bucket(S3& s3, storage::BucketId id);
// Throws NoSuchBucket, NoSuchKey.
[[nodiscard]] asio::awaitable<storage::OpenObject> existing_object(S3& s3, storage::ObjectId id);
// A setting of the bucket; nullopt: none. Throws NoSuchBucket.
[[nodiscard]] asio::awaitable<std::optional<std::string>> bucket_setting(S3& s3, storage::BucketId id,
                                                                         std::string name);
[[nodiscard]] asio::awaitable<void> keep_setting(S3& s3, storage::BucketId id, std::string name,
                                                 std::optional<std::string> value);
// The value of x-amz-expiration; nullopt: the object does not expire.
[[nodiscard]] asio::awaitable<std::optional<std::string>> expiration_of(S3& s3, storage::BucketId bucket,
                                                                        storage::Object object);
// "arn:aws:s3:::bucket".
[[nodiscard]] std::string bucket_arn(const storage::Bucket& bucket);
// Throws NoSuchBucket, NoSuchUpload.
[[nodiscard]] asio::awaitable<storage::Upload> existing_upload(S3& s3, storage::UploadId id);
// Of a bucket without versioning, whose objects have the null version alone. Throws InvalidArgument.
void check_version(const std::string& version);

// The object that an x-amz-copy-source names, of the account. Throws InvalidArgument.
[[nodiscard]] storage::ObjectId copy_source_of(const std::string& account, std::string_view header);
// The object, if the conditions on it hold. Throws NoSuchBucket, NoSuchKey, PreconditionFailed.
[[nodiscard]] asio::awaitable<storage::OpenObject> open_copy_source(S3& s3, Headers conditions,
                                                                    storage::ObjectId id);

}  // namespace millrace::s3
