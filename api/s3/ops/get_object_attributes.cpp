// GetObjectAttributes: what is known of an object, without its bytes.
// Source: S3 API reference, GetObjectAttributes; recordings of AWS.
#include <algorithm>

#include "api/core/dates.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kHeader = "x-amz-object-attributes";
constexpr std::string_view kAttributes[] = {"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"};
constexpr std::size_t kMaxParts = 1000;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// What is asked for; the header may come more than once.
std::vector<std::string> wanted_of(const Headers& headers) {
  std::vector<std::string> out;
  for (const auto& [name, list] : headers) {
    if (!equals_ignoring_case(name, kHeader)) continue;
    for (std::string_view rest = list; !rest.empty();) {
      const std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      out.emplace_back(trimmed(one));
      if (std::find(std::begin(kAttributes), std::end(kAttributes), out.back()) == std::end(kAttributes))
        throw invalid_argument("Invalid attribute name specified.", kHeader, list);
    }
  }
  if (out.empty())
    throw invalid_request(
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or "
        "empty");
  return out;
}

std::size_t count_header(const Headers& headers, const char* name, std::size_t fallback) {
  const std::string_view text = headers.get(name);
  if (text.empty()) return fallback;
  if (text.size() > 9 || text.find_first_not_of("0123456789") != std::string_view::npos)
    throw invalid_argument("Provided " + std::string(name) + " not an integer or within integer range", name,
                           text);
  return std::stoul(std::string(text));
}

void write_checksum(XmlWriter& xml, const Checksum& checksum) {
  xml.open("Checksum");
  // Here a composite checksum stands without the number of parts.
  xml.element(element_of(checksum.algorithm),
              std::string_view(checksum.text).substr(0, checksum.text.find('-')));
  xml.element("ChecksumType", type_name(checksum.composite));
  xml.close("Checksum");
}

// The single parts are listed where each has a checksum of its own.
void write_parts(XmlWriter& xml, const Headers& headers, const std::vector<ObjectPart>& parts,
                 const std::optional<Checksum>& checksum) {
  xml.open("ObjectParts");
  xml.element("PartsCount", parts.size());
  if (checksum && !parts.front().checksum.empty()) {
    const std::size_t limit = std::min(count_header(headers, "x-amz-max-parts", kMaxParts), kMaxParts);
    const std::size_t after = count_header(headers, "x-amz-part-number-marker", 0);
    const std::size_t begin = std::min(after, parts.size()), end = std::min(begin + limit, parts.size());
    xml.element("PartNumberMarker", after);
    xml.element("NextPartNumberMarker", begin < end ? end : 0);
    xml.element("MaxParts", limit);
    xml.element("IsTruncated", end < parts.size() && limit > 0 ? "true" : "false");
    for (std::size_t i = begin; i < end; ++i) {
      xml.open("Part");
      xml.element("PartNumber", i + 1);
      xml.element("Size", parts[i].size);
      xml.element(element_of(checksum->algorithm), parts[i].checksum);
      xml.close("Part");
    }
  }
  xml.close("ObjectParts");
}

asio::awaitable<HttpResponse> get_object_attributes(S3& s3, Call& call) {
  const std::vector<std::string> wanted = wanted_of(call.headers());
  refuse_customer_keys(call.headers());
  const storage::OpenObject open = co_await existing_object(s3, call.object_id());
  const storage::Object& object = open.object;
  const storage::Attributes& attributes = object.description.attributes;
  const auto asked = [&](std::string_view name) {
    return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  };
  const std::optional<Checksum> checksum = checksum_of(attributes);
  const std::vector<ObjectPart> parts = parts_of(attributes);
  XmlWriter xml;
  xml.open("GetObjectAttributesResponse", kNamespace);
  if (asked("ETag")) xml.element("ETag", object.description.tag);
  if (asked("Checksum") && checksum) write_checksum(xml, *checksum);
  if (asked("ObjectParts") && !parts.empty()) write_parts(xml, call.headers(), parts, checksum);
  if (asked("StorageClass")) xml.element("StorageClass", storage_class_of(attributes));
  if (asked("ObjectSize")) xml.element("ObjectSize", object.size);
  xml.close("GetObjectAttributesResponse");
  HttpResponse response = xml_response(xml);
  response.headers.add("Last-Modified", http_date(object.modified));
  co_return response;
}

}  // namespace

extern const Operation kGetObjectAttributes{
    "GetObjectAttributes", "GET", Level::object, {"attributes"}, get_object_attributes};

}  // namespace millrace::s3
