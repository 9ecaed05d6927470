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
  xml.open("Contents");
  xml.element("Key", parameters.shown(object.key));
  xml.element("LastModified", xml_time(object.modified));
  xml.element("ETag", quoted_tag(object.description.tag));
  write_checksum_kind(xml, object);
  xml.element("Size", object.size);
  if (owner == Owner::shown) write_owner(xml, account);
  xml.element("StorageClass", storage_class_of(object.description.attributes));
  xml.close("Contents");
}

// As Java's URLEncoder, but for '/', which stays.
std::string form_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out += '+';
    } else if (c == '~') {
      out += "%7E";
    } else if (c == '*') {
      out += c;
    } else {
      out += percent_encode(std::string_view(&c, 1), true);
    }
  }
  return out;
}

}  // namespace

std::string ListParameters::shown(std::string_view key) const {
  return url_encoded ? form_encode(key) : std::string(key);
}

void write_checksum_kind(XmlWriter& xml, const storage::Object& object) {
  const auto checksum = checksum_of(object.description.attributes);
  if (!checksum) return;
  xml.element("ChecksumAlgorithm", name_of(checksum->algorithm));
  xml.element("ChecksumType", type_name(checksum->composite));
}

std::string xml_time(Time t) { return iso8601(whole_seconds(t)); }

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
  if (const auto encoding = call.parameter("encoding-type")) {
    if (!equals_ignoring_case(*encoding, "url"))
      throw invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", *encoding);
    out.url_encoded = true;
  }
  return out;
}

asio::awaitable<ListedPage> list_page(S3& s3, const Call& call, ListParameters parameters,
                                      std::string after) {
  storage::Bucket bucket = co_await existing_bucket(s3, call.bucket_id());
  ListedPage out{.listing = {}, .region = std::move(bucket.location)};
  if (parameters.max_keys == 0) co_return out;
  storage::ListRequest request{.prefix = std::move(parameters.prefix),
                               .delimiter = std::move(parameters.delimiter),
                               .after = std::move(after),
                               .limit = parameters.max_keys};
  auto page = co_await s3.objects.list(call.bucket_id(), std::move(request));
  if (!page && page.error().code == storage::Errc::not_found) throw no_such_bucket(call.bucket);
  out.listing = or_throw(std::move(page));
  co_return out;
}

std::string last_of(const storage::Listing& page) {
  if (page.entries.empty()) return {};
  if (const auto* object = std::get_if<storage::Object>(&page.entries.back())) return object->key;
  return std::get<std::string>(page.entries.back());
}

void write_owner(XmlWriter& xml, const std::string& account) {
  xml.open("Owner");
  xml.element("ID", account);
  xml.close("Owner");
}

void write_initiator(XmlWriter& xml, const std::string& account) {
  xml.open("Initiator");
  xml.element("ID", account);
  xml.element("DisplayName", account);
  xml.close("Initiator");
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

HttpResponse listing_response(XmlWriter& xml, const std::string& region) {
  HttpResponse response = xml_response(xml);
  response.headers.add("x-amz-bucket-region", region);
  return response;
}

HttpResponse empty_response(unsigned status) {
  HttpResponse response;
  response.status = status;
  return response;
}

}  // namespace millrace::s3
