// DeleteObjects: up to 1000 keys at once.
// Source: S3 API reference, DeleteObjects.
#include "api/s3/addressing.h"
#include "api/s3/body.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxKeys = 1000;

struct Wanted {
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, ApiError>> refused;
  bool quiet = false;
};

Wanted wanted_of(const std::string& body) {
  pugi::xml_document document;
  const pugi::xml_node root = parse_xml(document, body, "Delete");
  Wanted out;
  out.quiet = child_text(root, "Quiet") == "true";
  for (const pugi::xml_node& node : root.children()) {
    if (local_name(node) != "Object") continue;
    std::string key = child_text(node, "Key");
    if (key.empty()) throw malformed_xml();
    if (child(node, "ETag") || child(node, "LastModifiedTime") || child(node, "Size"))
      throw operation_not_implemented("conditions in DeleteObjects");
    const std::string version = child_text(node, "VersionId");
    try {
      check_key(key);
      if (!version.empty() && version != "null") throw no_such_version(key, version);
      out.keys.push_back(std::move(key));
    } catch (const ApiError& e) {
      out.refused.emplace_back(std::move(key), e);
    }
  }
  if (out.keys.size() + out.refused.size() > kMaxKeys || (out.keys.empty() && out.refused.empty()))
    throw malformed_xml();
  return out;
}

asio::awaitable<HttpResponse> delete_objects(S3& s3, Call& call) {
  const Body body = co_await take_body(s3, call);
  const Wanted wanted = wanted_of(body.bytes);
  const auto removed = co_await s3.objects.remove(call.bucket_id(), wanted.keys);
  if (!removed) throw_write_error(removed.error(), call.object_id(), {});
  XmlWriter xml;
  xml.open("DeleteResult", kNamespace);
  for (const std::string& key : wanted.keys) {
    if (wanted.quiet) break;
    xml.open("Deleted");
    xml.element("Key", key);
    xml.close("Deleted");
  }
  for (const auto& [key, error] : wanted.refused) {
    xml.open("Error");
    xml.element("Key", key);
    xml.element("Code", error.code());
    xml.element("Message", error.message());
    xml.close("Error");
  }
  xml.close("DeleteResult");
  co_return xml_response(xml);
}

}  // namespace

extern const Operation kDeleteObjects{"DeleteObjects", "POST", Level::bucket, {"delete"}, delete_objects};

}  // namespace millrace::s3
