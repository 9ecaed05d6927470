// PutObjectTagging, GetObjectTagging, DeleteObjectTagging: the tags of an object, which change without it.
// Source: S3 API reference, of the same names.
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/object_headers.h"
#include "api/s3/shapes.h"
#include "api/s3/tags.h"

namespace millrace::s3 {

namespace {

struct Tagging {
  std::optional<std::vector<TagElement>> tag_set;
};
constexpr auto kTagging =
    shape<Tagging>(field("TagSet", &Tagging::tag_set, members_called("Tag"), kTagsRead, kTagElement));

struct TaggingInput : OnObject {};
constexpr auto kInput = shape_of<TaggingInput>(kOnObject);
struct PutTaggingInput : OnObject {
  Tagging tagging;
};
constexpr auto kPutInput = shape_of<PutTaggingInput>(
    kOnObject, kDigests, field("Tagging", &PutTaggingInput::tagging, in_payload, kTagging));

asio::awaitable<void> set_tags(S3& s3, storage::ObjectId id, std::optional<std::string> tags) {
  const auto set = co_await s3.objects.set_attribute(id, std::string(kTagsAttribute), std::move(tags));
  if (set) co_return;
  if (set.error().code != storage::Errc::not_found) throw_write_error(set.error(), id, {});
  (void)co_await existing_bucket(s3, id.bucket);
  throw no_such_key(id.key);
}

asio::awaitable<Nothing> put_object_tagging(S3& s3, Request& request, PutTaggingInput in) {
  if (!in.tagging.tag_set) throw malformed_xml();
  const Tags tags = tags_of(std::move(*in.tagging.tag_set), kObjectTags);
  std::optional<std::string> kept;
  if (!tags.empty()) kept = kept_tags(tags);
  co_await set_tags(s3, id_of(request, in), std::move(kept));
  co_return Nothing{};
}

asio::awaitable<Tagging> get_object_tagging(S3& s3, Request& request, TaggingInput in) {
  const storage::ObjectId id = id_of(request, in);
  auto open = co_await s3.objects.open(id);
  if (!open && open.error().code == storage::Errc::not_found) {
    (void)co_await existing_bucket(s3, id.bucket);
    throw no_such_key(in.bucket + "/" + in.key);  // as AWS names the key in this answer
  }
  const storage::OpenObject found = or_throw(std::move(open));
  Tagging out;
  out.tag_set = elements_of(tags_of_kept(attribute(found.object.description.attributes, kTagsAttribute)));
  co_return out;
}

asio::awaitable<Nothing> delete_object_tagging(S3& s3, Request& request, TaggingInput in) {
  co_await set_tags(s3, id_of(request, in), std::nullopt);
  co_return Nothing{};
}

}  // namespace

extern const Row kPutObjectTagging =
    Row(operation("PutObjectTagging", kPutInput, kNothing, put_object_tagging)
            .http("PUT", "/{Bucket}/{Key+}?tagging")
            .writes()
            .on(object_resource))
        .checked_by(take_document);
extern const Row kGetObjectTagging = operation("GetObjectTagging", kInput, kTagging, get_object_tagging)
                                         .http("GET", "/{Bucket}/{Key+}?tagging", 200, "Tagging")
                                         .reads()
                                         .on(object_resource);
extern const Row kDeleteObjectTagging =
    operation("DeleteObjectTagging", kInput, kNothing, delete_object_tagging)
        .http("DELETE", "/{Bucket}/{Key+}?tagging", 204)
        .writes()
        .on(object_resource);

}  // namespace millrace::s3
