// PutObjectTagging, GetObjectTagging, DeleteObjectTagging: the tags of an object, which change without it.
// Source: S3 API reference, of the same names.
#include "api/s3/body.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/tags.h"

namespace millrace::s3 {

namespace {

asio::awaitable<void> set_tags(S3& s3, Call& call, std::optional<std::string> tags) {
  const auto set =
      co_await s3.objects.set_attribute(call.object_id(), std::string(kTagsAttribute), std::move(tags));
  if (set) co_return;
  if (set.error().code != storage::Errc::not_found) throw_write_error(set.error(), call.object_id(), {});
  (void)co_await existing_bucket(s3, call.bucket_id());
  throw no_such_key(call.key);
}

asio::awaitable<HttpResponse> put_object_tagging(S3& s3, Call& call) {
  const Body body = co_await take_body(s3, call);
  pugi::xml_document document;
  const pugi::xml_node root = parse_xml(document, body.bytes, "Tagging");
  if (!child(root, "TagSet")) throw malformed_xml();
  const Tags tags = tags_of_xml(child(root, "TagSet"), kObjectTags);
  std::optional<std::string> kept;
  if (!tags.empty()) kept = kept_tags(tags);
  co_await set_tags(s3, call, std::move(kept));
  co_return empty_response(200);
}

asio::awaitable<HttpResponse> get_object_tagging(S3& s3, Call& call) {
  auto open = co_await s3.objects.open(call.object_id());
  if (!open && open.error().code == storage::Errc::not_found) {
    (void)co_await existing_bucket(s3, call.bucket_id());
    throw no_such_key(call.bucket + "/" + call.key);  // as AWS names the key in this answer
  }
  const storage::OpenObject found = or_throw(std::move(open));
  XmlWriter xml;
  write_tagging(xml, tags_of_kept(attribute(found.object.description.attributes, kTagsAttribute)));
  co_return xml_response(xml);
}

asio::awaitable<HttpResponse> delete_object_tagging(S3& s3, Call& call) {
  co_await set_tags(s3, call, std::nullopt);
  co_return empty_response(204);
}

}  // namespace

extern const Operation kPutObjectTagging{
    "PutObjectTagging", "PUT", Level::object, {"tagging"}, put_object_tagging};
extern const Operation kGetObjectTagging{
    "GetObjectTagging", "GET", Level::object, {"tagging"}, get_object_tagging};
extern const Operation kDeleteObjectTagging{
    "DeleteObjectTagging", "DELETE", Level::object, {"tagging"}, delete_object_tagging};

}  // namespace millrace::s3
