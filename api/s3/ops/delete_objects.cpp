// DeleteObjects: up to 1000 keys at once.
// Source: S3 API reference, DeleteObjects.
#include "api/s3/addressing.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/object_headers.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

constexpr std::int64_t kMaxKeys = 1000;

struct ObjectToDelete {
  std::string key;
  Text version, tag, modified, size;
};
constexpr auto kObjectToDelete = shape<ObjectToDelete>(
    field("Key", &ObjectToDelete::key), field("VersionId", &ObjectToDelete::version),
    field("ETag", &ObjectToDelete::tag), field("LastModifiedTime", &ObjectToDelete::modified),
    field("Size", &ObjectToDelete::size));
struct ToDelete {
  std::vector<ObjectToDelete> objects;
  Text quiet;
};
constexpr auto kToDelete = shape<ToDelete>(
    field("Objects", &ToDelete::objects, in_xml("Object"), flattened, length(0, kMaxKeys), kObjectToDelete),
    field("Quiet", &ToDelete::quiet));

struct DeleteObjectsInput : OnBucket {
  ToDelete to_delete;
};
constexpr auto kInput = shape_of<DeleteObjectsInput>(
    kOnBucket, kDigests,
    ignored<std::string>("x-amz-bypass-governance-retention", "refused before the body is read", in_header),
    ignored<std::string>("x-amz-mfa", "no bucket asks for it", in_header),
    field("Delete", &DeleteObjectsInput::to_delete, in_payload, kToDelete));

struct Outcome {
  std::string key;
  Text version, code, message;
};
constexpr auto kOutcome = shape<Outcome>(field("Key", &Outcome::key), field("VersionId", &Outcome::version),
                                         field("Code", &Outcome::code), field("Message", &Outcome::message));
struct DeleteObjectsOutput {
  std::vector<Outcome> deleted, errors;
};
constexpr auto kOutput = shape<DeleteObjectsOutput>(
    field("Deleted", &DeleteObjectsOutput::deleted, flattened, kOutcome),
    field("Errors", &DeleteObjectsOutput::errors, in_xml("Error"), flattened, kOutcome));

storage::Condition condition_of(const ObjectToDelete& object) {
  if (object.modified || object.size)
    throw operation_not_implemented(
        "LastModifiedTime and Size in DeleteObjects, which are for directory buckets");
  if (!object.tag) return {};
  if (*object.tag == "*") return {storage::Condition::Kind::present, ""};
  return {storage::Condition::Kind::tag_is, std::string(unquoted_tag(*object.tag))};
}

Text shown(const Text& version) { return version && !version->empty() ? version : std::nullopt; }

Outcome failed(std::string key, Text version, const ApiError& e) {
  return {std::move(key), std::move(version), e.code(), e.message()};
}

struct Wanted {
  std::vector<storage::Removal> removals;
  std::vector<Text> versions;  // beside each: as the request names it
  std::vector<Outcome> refused;
};

Wanted wanted_of(std::vector<ObjectToDelete> objects) {
  Wanted out;
  for (ObjectToDelete& object : objects) {
    if (object.key.empty()) throw malformed_xml();
    storage::Condition condition = condition_of(object);
    const Text version = shown(object.version);
    try {
      check_key(object.key);
      if (version && *version != "null") throw no_such_version(object.key, *version);
      out.removals.push_back({std::move(object.key), std::move(condition)});
      out.versions.push_back(version);
    } catch (const ApiError& e) {
      out.refused.push_back(failed(std::move(object.key), version, e));
    }
  }
  if (objects.empty()) throw malformed_xml();
  return out;
}

asio::awaitable<DeleteObjectsOutput> delete_objects(S3& s3, Request& request, DeleteObjectsInput in) {
  const storage::BucketId id = id_of(request, in);
  const bool quiet = in.to_delete.quiet == "true";
  Wanted wanted = wanted_of(std::move(in.to_delete.objects));
  const auto removed = co_await s3.objects.remove(id, wanted.removals);
  if (!removed) throw_write_error(removed.error(), {id, ""}, {});
  DeleteObjectsOutput out;
  for (std::size_t i = 0; i < wanted.removals.size(); ++i) {
    std::string& key = wanted.removals[i].key;
    if (removed->at(i) == storage::Removed::refused) {
      out.errors.push_back(failed(std::move(key), wanted.versions[i], precondition_failed("If-Match")));
    } else if (!quiet) {  // as without a condition, a key without an object is no error
      out.deleted.push_back({std::move(key), wanted.versions[i], {}, {}});
    }
  }
  for (Outcome& one : wanted.refused) out.errors.push_back(std::move(one));
  co_return out;
}

asio::awaitable<void> check(S3& s3, Request& request) {
  refuse_bypass(request.http.headers);
  co_await take_document(s3, request);
}

}  // namespace

extern const Row kDeleteObjects = Row(operation("DeleteObjects", kInput, kOutput, delete_objects)
                                          .http("POST", "/{Bucket}?delete", 200, "DeleteResult")
                                          .writes()
                                          .on(named_resources, "s3:DeleteObject"))
                                      .checked_by(check);

}  // namespace millrace::s3
