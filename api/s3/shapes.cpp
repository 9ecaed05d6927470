#include "api/s3/shapes.h"

namespace millrace::s3 {

storage::BucketId id_of(const Request& request, const OnBucket& in) {
  return {request.caller.account, in.bucket};
}
storage::ObjectId id_of(const Request& request, const OnObject& in) {
  return {{request.caller.account, in.bucket}, in.key};
}
storage::BucketId bucket_of(const Request& request) {
  for (const auto& [name, value] : request.path)
    if (name == "Bucket") return {request.caller.account, value};
  return {request.caller.account, ""};
}

Text& ChecksumValues::of(Algorithm a) {
  switch (a) {
    case Algorithm::crc32:
      return crc32;
    case Algorithm::crc32c:
      return crc32c;
    case Algorithm::crc64nvme:
      return crc64nvme;
    case Algorithm::sha1:
      return sha1;
    default:
      return sha256;
  }
}

}  // namespace millrace::s3
