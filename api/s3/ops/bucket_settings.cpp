// Reading, setting and deleting what a bucket has besides its objects (settings.h).
#include <algorithm>
#include <deque>

#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/settings.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

constexpr auto kInput = shape_of<SettingInput>(kOnBucket);
// The document is shown as it is kept.
constexpr auto kOutput = shape_of<Document>(kDocument);

const Setting& setting_of(const Request& request) {
  const auto all = settings();
  return *std::find_if(all.begin(), all.end(), [&](const Setting& s) {
    for (const char* name : {s.get, s.put, s.remove})
      if (name && request.operation == name) return true;
    return false;
  });
}

asio::awaitable<Document> get_setting(S3& s3, Request& request, SettingInput in) {
  const Setting& setting = setting_of(request);
  const std::optional<std::string> kept =
      co_await bucket_setting(s3, id_of(request, in), std::string(setting.parameter()));
  const bool fresh = !kept && (setting.code.empty() || setting.can_be_absent);
  if (!fresh && (!kept || kept->empty()) && !setting.code.empty())
    throw no_such_setting(setting.code, setting.message, in.bucket);
  XmlWriter xml;
  xml.open(setting.root, kNamespace);
  xml.raw(fresh ? setting.fresh : *kept);
  xml.close(setting.root);
  Document out;
  out.body.bytes = xml.take();
  co_return out;
}

asio::awaitable<Nothing> put_setting(S3& s3, Request& request, SettingInput in) {
  const Setting& setting = setting_of(request);
  pugi::xml_document document;
  std::optional<std::string> kept = setting.accept(parse_xml(document, in.document.bytes, setting.root));
  co_await keep_setting(s3, id_of(request, in), std::string(setting.parameter()), std::move(kept));
  co_return Nothing{};
}

asio::awaitable<void> check(S3& s3, Request& request) {
  (void)co_await existing_bucket(s3, bucket_of(request));
  co_await take_document(s3, request);
}

asio::awaitable<Nothing> delete_setting(S3& s3, Request& request, SettingInput in) {
  const Setting& setting = setting_of(request);
  const storage::BucketId id = id_of(request, in);
  (void)co_await existing_bucket(s3, id);
  std::optional<std::string> kept;
  if (setting.can_be_absent) kept.emplace();
  if (setting.accept) co_await keep_setting(s3, id, std::string(setting.parameter()), std::move(kept));
  co_return Nothing{};
}

}  // namespace

std::vector<const Operation*> bucket_settings() {
  static const std::deque<Row> all = [] {
    std::deque<Row> out;
    for (const Setting& s : settings()) {
      if (s.get)
        out.push_back(operation(s.get, kInput, kOutput, get_setting)
                          .http("GET", s.uri)
                          .reads()
                          .on(bucket_resource, s.read_action));
      if (s.put)
        out.push_back(Row(operation(s.put, s.put_input, kNothing, put_setting)
                              .http("PUT", s.uri, s.put_status)
                              .writes()
                              .on(bucket_resource, s.write_action))
                          .checked_by(check));
      if (s.remove)
        out.push_back(operation(s.remove, kInput, kNothing, delete_setting)
                          .http("DELETE", s.uri, 204)
                          .writes()
                          .on(bucket_resource, s.write_action));
    }
    return out;
  }();
  std::vector<const Operation*> out;
  for (const Row& row : all) out.push_back(&row);
  return out;
}

}  // namespace millrace::s3
