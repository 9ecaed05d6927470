// Reading, setting and deleting what a bucket has besides its objects (settings.h), and the ACLs, which are
// always the owner's alone.
#include <algorithm>
#include <deque>

#include "api/s3/body.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/settings.h"

namespace millrace::s3 {

namespace {

const Setting& setting_of(const Call& call) {
  const auto all = settings();
  return *std::find_if(all.begin(), all.end(), [&](const Setting& s) {
    for (const char* name : {s.get, s.put, s.remove})
      if (name && call.request.operation == name) return true;
    return false;
  });
}

asio::awaitable<HttpResponse> get_setting(S3& s3, Call& call) {
  const Setting& setting = setting_of(call);
  const std::optional<std::string> kept =
      co_await bucket_setting(s3, call.bucket_id(), std::string(setting.parameter));
  const bool fresh = !kept && (setting.code.empty() || setting.can_be_absent);
  if (!fresh && (!kept || kept->empty()) && !setting.code.empty())
    throw no_such_setting(setting.code, setting.message, call.bucket);
  XmlWriter xml;
  xml.open(setting.root, kNamespace);
  xml.raw(fresh ? setting.fresh : *kept);
  xml.close(setting.root);
  co_return xml_response(xml);
}

asio::awaitable<HttpResponse> put_setting(S3& s3, Call& call) {
  const Setting& setting = setting_of(call);
  (void)co_await existing_bucket(s3, call.bucket_id());
  const Body body = co_await take_body(s3, call);
  pugi::xml_document document;
  std::optional<std::string> kept = setting.accept(parse_xml(document, body.bytes, setting.root));
  co_await keep_setting(s3, call, std::string(setting.parameter), std::move(kept));
  co_return empty_response(setting.put_status);
}

asio::awaitable<HttpResponse> delete_setting(S3& s3, Call& call) {
  const Setting& setting = setting_of(call);
  (void)co_await existing_bucket(s3, call.bucket_id());
  std::optional<std::string> kept;
  if (setting.can_be_absent) kept.emplace();
  if (setting.accept) co_await keep_setting(s3, call, std::string(setting.parameter), std::move(kept));
  co_return empty_response(204);
}

void write_acl(XmlWriter& xml, const std::string& account) {
  xml.open("AccessControlPolicy", kNamespace);
  write_owner(xml, account);
  xml.open("AccessControlList");
  xml.open("Grant");
  xml.open("Grantee", R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser")");
  xml.element("ID", account);
  xml.close("Grantee");
  xml.element("Permission", "FULL_CONTROL");
  xml.close("Grant");
  xml.close("AccessControlList");
  xml.close("AccessControlPolicy");
}

asio::awaitable<void> existing(S3& s3, Call& call) {
  if (call.key.empty()) {
    (void)co_await existing_bucket(s3, call.bucket_id());
  } else {
    (void)co_await existing_object(s3, call.object_id());
  }
}

asio::awaitable<HttpResponse> get_acl(S3& s3, Call& call) {
  co_await existing(s3, call);
  XmlWriter xml;
  write_acl(xml, call.request.caller.account);
  co_return xml_response(xml);
}

asio::awaitable<HttpResponse> put_acl(S3& s3, Call& call) {
  co_await existing(s3, call);
  const std::string_view canned = call.headers().get("x-amz-acl");
  const bool owners = canned == "private" || canned == "bucket-owner-full-control";
  if (!owners || !call.request.http.body.empty()) throw acl_not_supported();
  co_return empty_response(200);
}

}  // namespace

extern const Operation kGetObjectAcl{"GetObjectAcl", "GET", Level::object, {"acl"}, get_acl};
extern const Operation kPutObjectAcl{"PutObjectAcl", "PUT", Level::object, {"acl"}, put_acl};

std::vector<const Operation*> bucket_settings() {
  static const std::deque<Operation> all = [] {
    std::deque<Operation> out;
    for (const Setting& s : settings()) {
      if (s.get) out.push_back({s.get, "GET", Level::bucket, {s.parameter}, get_setting});
      if (s.put) out.push_back({s.put, "PUT", Level::bucket, {s.parameter}, put_setting});
      if (s.remove) out.push_back({s.remove, "DELETE", Level::bucket, {s.parameter}, delete_setting});
    }
    out.push_back({"GetBucketAcl", "GET", Level::bucket, {"acl"}, get_acl});
    out.push_back({"PutBucketAcl", "PUT", Level::bucket, {"acl"}, put_acl});
    return out;
  }();
  std::vector<const Operation*> out;
  for (const Operation& op : all) out.push_back(&op);
  return out;
}

}  // namespace millrace::s3
