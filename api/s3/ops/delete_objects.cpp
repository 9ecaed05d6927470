// DeleteObjects: up to 1000 keys at once.
// Source: S3 API reference, DeleteObjects.
#include "api/s3/addressing.h"
#include "api/s3/body.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/object_headers.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxKeys = 1000;

struct Wanted {
  std::vector<storage::Removal> removals;
  std::vector<std::string> versions;  // beside each: as the request names it
  struct Refused {
    std::string key, version;
    ApiError error;
  };
  std::vector<Refused> refused;
  bool quiet = false;
};

storage::Condition condition_of(const pugi::xml_node& object) {
  if (child(object, "LastModifiedTime") || child(object, "Size"))
    throw operation_not_implemented(
        "LastModifiedTime and Size in DeleteObjects, which are for directory buckets");
  if (!child(object, "ETag")) return {};
  const std::string tag = child_text(object, "ETag");
  if (tag == "*") return {storage::Condition::Kind::present, ""};
  return {storage::Condition::Kind::tag_is, std::string(unquoted_tag(tag))};
}

Wanted wanted_of(const std::string& body) {
  pugi::xml_document document;
  const pugi::xml_node root = parse_xml(document, body, "Delete");
  Wanted out;
  out.quiet = child_text(root, "Quiet") == "true";
  for (const pugi::xml_node& node : root.children()) {
    if (local_name(node) != "Object") continue;
    std::string key = child_text(node, "Key");
    if (key.empty()) throw malformed_xml();
    storage::Condition condition = condition_of(node);
    const std::string version = child_text(node, "VersionId");
    try {
      check_key(key);
      if (!version.empty() && version != "null") throw no_such_version(key, version);
      out.removals.push_back({std::move(key), std::move(condition)});
      out.versions.push_back(version);
    } catch (const ApiError& e) {
      out.refused.push_back({std::move(key), version, e});
    }
  }
  if (out.removals.size() + out.refused.size() > kMaxKeys || (out.removals.empty() && out.refused.empty()))
    throw malformed_xml();
  return out;
}

void write_outcome(XmlWriter& xml, const char* element, const std::string& key, const std::string& version,
                   const std::optional<ApiError>& error) {
  xml.open(element);
  xml.element("Key", key);
  if (!version.empty()) xml.element("VersionId", version);
  if (error) {
    xml.element("Code", error->code());
    xml.element("Message", error->message());
  }
  xml.close(element);
}

asio::awaitable<HttpResponse> delete_objects(S3& s3, Call& call) {
  refuse_bypass(call.headers());
  const Body body = co_await take_body(s3, call);
  const Wanted wanted = wanted_of(body.bytes);
  const auto removed = co_await s3.objects.remove(call.bucket_id(), wanted.removals);
  if (!removed) throw_write_error(removed.error(), call.object_id(), {});
  XmlWriter xml;
  xml.open("DeleteResult", kNamespace);
  for (std::size_t i = 0; i < wanted.removals.size(); ++i) {
    const std::string& key = wanted.removals[i].key;
    if (removed->at(i) == storage::Removed::refused) {
      write_outcome(xml, "Error", key, wanted.versions[i], precondition_failed("If-Match"));
    } else if (!wanted.quiet) {  // as without a condition, a key without an object is no error
      write_outcome(xml, "Deleted", key, wanted.versions[i], std::nullopt);
    }
  }
  for (const Wanted::Refused& one : wanted.refused)
    write_outcome(xml, "Error", one.key, one.version, one.error);
  xml.close("DeleteResult");
  co_return xml_response(xml);
}

}  // namespace

extern const Operation kDeleteObjects{"DeleteObjects", "POST", Level::bucket, {"delete"}, delete_objects};

}  // namespace millrace::s3
