#include "api/kms/service.h"

#include "api/core/protocols/codec.h"
#include "api/kms/errors.h"

namespace millrace::kms {

extern const Operation kCancelKeyDeletion, kCreateAlias, kCreateGrant, kCreateKey, kDecrypt, kDeleteAlias,
    kDescribeKey, kDisableKey, kDisableKeyRotation, kEnableKey, kEnableKeyRotation, kEncrypt,
    kGenerateDataKey, kGenerateDataKeyPair, kGenerateDataKeyPairWithoutPlaintext,
    kGenerateDataKeyWithoutPlaintext, kGenerateMac, kGenerateRandom, kGetKeyPolicy, kGetKeyRotationStatus,
    kGetPublicKey, kListAliases, kListGrants, kListKeyPolicies, kListKeyRotations, kListKeys,
    kListResourceTags, kListRetirableGrants, kPutKeyPolicy, kReEncrypt, kRetireGrant, kRevokeGrant,
    kRotateKeyOnDemand, kScheduleKeyDeletion, kSign, kTagResource, kUntagResource, kUpdateAlias,
    kUpdateKeyDescription, kVerify, kVerifyMac;

namespace {

const Operation* const kOperations[] = {
    &kCancelKeyDeletion,
    &kCreateAlias,
    &kCreateGrant,
    &kCreateKey,
    &kDecrypt,
    &kDeleteAlias,
    &kDescribeKey,
    &kDisableKey,
    &kDisableKeyRotation,
    &kEnableKey,
    &kEnableKeyRotation,
    &kEncrypt,
    &kGenerateDataKey,
    &kGenerateDataKeyPair,
    &kGenerateDataKeyPairWithoutPlaintext,
    &kGenerateDataKeyWithoutPlaintext,
    &kGenerateMac,
    &kGenerateRandom,
    &kGetKeyPolicy,
    &kGetKeyRotationStatus,
    &kGetPublicKey,
    &kListAliases,
    &kListGrants,
    &kListKeyPolicies,
    &kListKeyRotations,
    &kListKeys,
    &kListResourceTags,
    &kListRetirableGrants,
    &kPutKeyPolicy,
    &kReEncrypt,
    &kRetireGrant,
    &kRevokeGrant,
    &kRotateKeyOnDemand,
    &kScheduleKeyDeletion,
    &kSign,
    &kTagResource,
    &kUntagResource,
    &kUpdateAlias,
    &kUpdateKeyDescription,
    &kVerify,
    &kVerifyMac,
};

// Answers hold secrets: no cache may keep them. Source: captures of AWS.
HttpResponse uncached(HttpResponse response) {
  response.headers.set("Cache-Control", "no-cache, no-store, must-revalidate, private");
  response.headers.set("Pragma", "no-cache");
  response.headers.set("Expires", "0");
  return response;
}

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

const ServiceModel& service_model() {
  static constexpr ServiceModel kModel{.name = "kms",
                                       .protocols = bit_of(Protocol::json_1_1),
                                       .target = "TrentService",
                                       .operations = kOperations};
  return kModel;
}

Kms::Kms(storage::Catalog& catalog, const Clock& the_clock, const Seal::Key& master_key,
         unsigned worker_count)
    : master(master_key), store(catalog, master), clock(the_clock), workers(worker_count) {}

const ServiceModel& Kms::model() const { return service_model(); }

asio::awaitable<HttpResponse> Kms::handle(Request& request) {
  HttpResponse response = co_await handle_rpc(service_model(), this, max_body(), request);
  co_return uncached(std::move(response));
}

HttpResponse Kms::error(const ApiError& e, const Request& request) const {
  return uncached(Service::error(e, request));
}

ApiError Kms::internal_failure() const { return internal(); }

ApiError Kms::too_large() const {
  return ApiError(413, "RequestEntityTooLargeException", "")
      .with_detail("<RequestEntityTooLargeException/>\n");
}

}  // namespace millrace::kms
