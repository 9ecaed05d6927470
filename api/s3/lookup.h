// Buckets and objects by name, or S3's error that there is none.
#pragma once

#include "api/s3/service.h"

namespace millrace::s3 {

// Throws NoSuchBucket.
[[nodiscard]] asio::awaitable<storage::Bucket> existing_bucket(S3& s3, storage::BucketId id);
// Throws NoSuchBucket, NoSuchKey.
[[nodiscard]] asio::awaitable<storage::OpenObject> existing_object(S3& s3, storage::ObjectId id);
// The upload of the call's bucket, key and uploadId. Throws NoSuchBucket, NoSuchUpload.
[[nodiscard]] asio::awaitable<storage::Upload> existing_upload(S3& s3, storage::UploadId id);
[[nodiscard]] storage::UploadId upload_id_of(const Call& call);

// The object that x-amz-copy-source names, if the conditions on it hold. Throws InvalidArgument,
// NoSuchBucket, NoSuchKey, NoSuchVersion, PreconditionFailed.
[[nodiscard]] storage::ObjectId copy_source_of(const Call& call);
[[nodiscard]] asio::awaitable<storage::OpenObject> open_copy_source(S3& s3, const Call& call,
                                                                    storage::ObjectId id);

}  // namespace millrace::s3
