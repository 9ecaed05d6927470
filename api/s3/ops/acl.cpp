// GetBucketAcl, GetObjectAcl, PutBucketAcl, PutObjectAcl: access control lists are always the owner's alone.
// Source: S3 API reference, of the same names; user guide, "Controlling ownership of objects".
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

struct BucketAclInput : OnBucket {};
constexpr auto kGetBucketInput = shape_of<BucketAclInput>(kOnBucket);
struct ObjectAclInput : OnObject {};
constexpr auto kGetObjectInput = shape_of<ObjectAclInput>(kOnObject);

struct AclInput {
  Text canned;
  Blob policy;
};
constexpr const char* kNoGrants = "grants are refused: a request without a canned list is";
constexpr auto kAclMembers = members(field("x-amz-acl", &AclInput::canned, in_header),
                                     field("AccessControlPolicy", &AclInput::policy, in_payload), kDigests,
                                     ignored<std::string>("x-amz-grant-full-control", kNoGrants, in_header),
                                     ignored<std::string>("x-amz-grant-read", kNoGrants, in_header),
                                     ignored<std::string>("x-amz-grant-read-acp", kNoGrants, in_header),
                                     ignored<std::string>("x-amz-grant-write", kNoGrants, in_header),
                                     ignored<std::string>("x-amz-grant-write-acp", kNoGrants, in_header));
struct PutBucketAclInput : OnBucket, AclInput {};
constexpr auto kPutBucketInput = shape_of<PutBucketAclInput>(kOnBucket, kAclMembers);
struct PutObjectAclInput : OnObject, AclInput {};
constexpr auto kPutObjectInput = shape_of<PutObjectAclInput>(kOnObject, kAclMembers);

struct Grantee {
  std::string names = "http://www.w3.org/2001/XMLSchema-instance", type = "CanonicalUser", id;
};
constexpr auto kGrantee =
    shape<Grantee>(field("xmlns:xsi", &Grantee::names, xml_attribute),
                   field("xsi:type", &Grantee::type, xml_attribute), field("ID", &Grantee::id));
struct Grant {
  Grantee grantee;
  std::string permission = "FULL_CONTROL";
};
constexpr auto kGrant =
    shape<Grant>(field("Grantee", &Grant::grantee, kGrantee), field("Permission", &Grant::permission));
struct Acl {
  Owner owner;
  std::vector<Grant> grants;
};
constexpr auto kAcl = shape<Acl>(field("Owner", &Acl::owner, kOwner),
                                 field("AccessControlList", &Acl::grants, members_called("Grant"), kGrant));

Acl owners_alone(const Request& request) {
  Acl out;
  out.owner = owner_of(request);
  Grant& grant = out.grants.emplace_back();
  grant.grantee.id = out.owner.id;
  return out;
}

void check_acl(const AclInput& in) {
  const bool owners = in.canned == "private" || in.canned == "bucket-owner-full-control";
  if (!owners || !in.policy.bytes.empty()) throw acl_not_supported();
}

asio::awaitable<Acl> get_bucket_acl(S3& s3, Request& request, BucketAclInput in) {
  (void)co_await existing_bucket(s3, id_of(request, in));
  co_return owners_alone(request);
}

asio::awaitable<Acl> get_object_acl(S3& s3, Request& request, ObjectAclInput in) {
  (void)co_await existing_object(s3, id_of(request, in));
  co_return owners_alone(request);
}

asio::awaitable<Nothing> put_bucket_acl(S3& s3, Request& request, PutBucketAclInput in) {
  (void)co_await existing_bucket(s3, id_of(request, in));
  check_acl(in);
  co_return Nothing{};
}

asio::awaitable<Nothing> put_object_acl(S3& s3, Request& request, PutObjectAclInput in) {
  (void)co_await existing_object(s3, id_of(request, in));
  check_acl(in);
  co_return Nothing{};
}

}  // namespace

extern const Row kGetBucketAcl = operation("GetBucketAcl", kGetBucketInput, kAcl, get_bucket_acl)
                                     .http("GET", "/{Bucket}?acl", 200, "AccessControlPolicy")
                                     .reads()
                                     .on(bucket_resource);
extern const Row kPutBucketAcl = operation("PutBucketAcl", kPutBucketInput, kNothing, put_bucket_acl)
                                     .http("PUT", "/{Bucket}?acl")
                                     .writes()
                                     .on(bucket_resource);
extern const Row kGetObjectAcl = operation("GetObjectAcl", kGetObjectInput, kAcl, get_object_acl)
                                     .http("GET", "/{Bucket}/{Key+}?acl", 200, "AccessControlPolicy")
                                     .reads()
                                     .on(object_resource);
extern const Row kPutObjectAcl = operation("PutObjectAcl", kPutObjectInput, kNothing, put_object_acl)
                                     .http("PUT", "/{Bucket}/{Key+}?acl")
                                     .writes()
                                     .on(object_resource);

}  // namespace millrace::s3
