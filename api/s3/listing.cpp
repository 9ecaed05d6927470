#include "api/s3/listing.h"

#include <charconv>

#include "api/core/dates.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/object_headers.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxKeys = 1000;

void write_object(XmlWriter& xml, const storage::Object& object, const ListParameters& parameters,
                  const std::string& account, Owner owner) {
  const storage::Attributes& attributes = object.description.attributes;
  xml.open("Contents");
  xml.element("Key", parameters.shown(object.key));
  xml.element("LastModified", iso8601(object.modified));
  xml.element("ETag", quoted_tag(object.description.tag));
  if (const auto checksum = checksum_of(attributes)) {
    xml.element("ChecksumAlgorithm", name_of(checksum->algorithm));
    xml.element("ChecksumType", checksum->composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  xml.element("Size", object.size);
  if (owner == Owner::shown) write_owner(xml, "Owner", account);
  const std::string storage_class = attribute(attributes, "x-amz-storage-class");
  xml.element("StorageClass", storage_class.empty() ? "STANDARD" : storage_class);
  xml.close("Contents");
}

}  // namespace

std::string ListParameters::shown(std::string_view key) const {
  return url_encoded ? percent_encode(key, true) : std::string(key);
}

std::size_t count_parameter(const Call& call, std::string_view name, std::size_t fallback) {
  const auto text = call.parameter(name);
  if (!text || text->empty()) return fallback;
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size())
    throw invalid_argument("Provided " + std::string(name) + " not an integer or within integer range", name,
                           *text);
  if (value < 0)
    throw invalid_argument("Argument " + std::string(name) + " must be an integer between 0 and 2147483647",
                           name, *text);
  return static_cast<std::size_t>(value);
}

ListParameters list_parameters(const Call& call) {
  ListParameters out;
  out.prefix = call.parameter("prefix").value_or("");
  out.delimiter = call.parameter("delimiter").value_or("");
  out.max_keys = std::min(count_parameter(call, "max-keys", kMaxKeys), kMaxKeys);
  if (const auto encoding = call.parameter("encoding-type"); encoding && !encoding->empty()) {
    if (!equals_ignoring_case(*encoding, "url"))
      throw invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", *encoding);
    out.url_encoded = true;
  }
  return out;
}

asio::awaitable<storage::Listing> list_page(S3& s3, const Call& call, ListParameters parameters,
                                            std::string after) {
  if (parameters.max_keys == 0) {
    (void)co_await existing_bucket(s3, call.bucket_id());
    co_return storage::Listing{};
  }
  storage::ListRequest request{.prefix = std::move(parameters.prefix),
                               .delimiter = std::move(parameters.delimiter),
                               .after = std::move(after),
                               .limit = parameters.max_keys};
  auto page = co_await s3.objects.list(call.bucket_id(), std::move(request));
  if (!page && page.error().code == storage::Errc::not_found) throw no_such_bucket(call.bucket);
  co_return or_throw(std::move(page));
}

std::string last_of(const storage::Listing& page) {
  if (page.entries.empty()) return {};
  if (const auto* object = std::get_if<storage::Object>(&page.entries.back())) return object->key;
  return std::get<std::string>(page.entries.back());
}

void write_owner(XmlWriter& xml, std::string_view element, const std::string& account) {
  xml.open(element);
  xml.element("ID", account);
  xml.element("DisplayName", account);
  xml.close(element);
}

void write_entries(XmlWriter& xml, const storage::Listing& page, const ListParameters& parameters,
                   const std::string& account, Owner owner) {
  for (const storage::ListEntry& entry : page.entries)
    if (const auto* object = std::get_if<storage::Object>(&entry))
      write_object(xml, *object, parameters, account, owner);
  for (const storage::ListEntry& entry : page.entries) {
    const auto* prefix = std::get_if<std::string>(&entry);
    if (!prefix) continue;
    xml.open("CommonPrefixes");
    xml.element("Prefix", parameters.shown(*prefix));
    xml.close("CommonPrefixes");
  }
}

HttpResponse xml_response(XmlWriter& xml) {
  HttpResponse response;
  response.headers.add("Content-Type", "application/xml");
  response.body = xml.take();
  return response;
}

HttpResponse empty_response(unsigned status) {
  HttpResponse response;
  response.status = status;
  return response;
}

}  // namespace millrace::s3
