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
[[nodiscard]] asio::awaitable<void> keep_setting(S3& s3, const Call& call, std::string name,
                                                 std::optional<std::string> value);
// Says in the answer when the object expires, if it does.
[[nodiscard]] asio::awaitable<void> add_expiration_header(S3& s3, const Call& call,
                                                          const storage::Object& object,
                                                          HttpResponse& response);
// "arn:aws:s3:::bucket".
[[nodiscard]] std::string bucket_arn(const storage::Bucket& bucket);
// The upload of the call's bucket, key and uploadId. Throws NoSuchBucket, NoSuchUpload.
[[nodiscard]] asio::awaitable<storage::Upload> existing_upload(S3& s3, storage::UploadId id);
// Of a bucket without versioning, whose objects have the null version alone. Throws InvalidArgument.
void check_version(const std::string& version);
[[nodiscard]] storage::UploadId upload_id_of(const Call& call);

// The object that x-amz-copy-source names, if the conditions on it hold. Throws InvalidArgument,
// NoSuchBucket, NoSuchKey, PreconditionFailed.
[[nodiscard]] storage::ObjectId copy_source_of(const Call& call);
[[nodiscard]] asio::awaitable<storage::OpenObject> open_copy_source(S3& s3, const Call& call,
                                                                    storage::ObjectId id);

}  // namespace millrace::s3
