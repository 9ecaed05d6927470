// GetObjectAttributes: what is known of an object, without its bytes.
// Source: S3 API reference, GetObjectAttributes; recordings of AWS.
#include <algorithm>

#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"

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

inline constexpr std::array kAttributeNames{"x-amz-object-attributes", "x-amz-max-parts",
                                            "x-amz-part-number-marker"};
constexpr auto kNames = joined(kCustomerKeyNames, kAttributeNames);
struct AttributesInput : OnObject, WithHeaders {};
constexpr auto kInput = shape_of<AttributesInput>(
    kOnObject, field("Headers", &AttributesInput::headers, in_header, named(kNames)));

struct WholeChecksum : ChecksumValues {
  std::string type;
};
constexpr auto kWholeChecksum =
    shape_of<WholeChecksum>(kChecksumElements, field("ChecksumType", &WholeChecksum::type));
struct PartAttributes : ChecksumValues {
  std::int64_t number = 0, size = 0;
};
constexpr auto kPartAttributes = shape_of<PartAttributes>(
    field("PartNumber", &PartAttributes::number), field("Size", &PartAttributes::size), kChecksumElements);
struct PartsAttributes {
  std::int64_t count = 0;
  std::optional<std::int64_t> marker, next_marker, most;
  std::optional<bool> truncated;
  std::vector<PartAttributes> parts;
};
constexpr auto kPartsAttributes = shape<PartsAttributes>(
    field("PartsCount", &PartsAttributes::count), field("PartNumberMarker", &PartsAttributes::marker),
    field("NextPartNumberMarker", &PartsAttributes::next_marker), field("MaxParts", &PartsAttributes::most),
    field("IsTruncated", &PartsAttributes::truncated),
    field("Parts", &PartsAttributes::parts, in_xml("Part"), flattened, kPartAttributes));

struct AttributesOutput {
  Time modified;
  Text tag, storage_class;
  std::optional<WholeChecksum> checksum;
  std::optional<PartsAttributes> parts;
  std::optional<std::int64_t> size;
};
constexpr auto kOutput = shape<AttributesOutput>(
    field("Last-Modified", &AttributesOutput::modified, in_header), field("ETag", &AttributesOutput::tag),
    field("Checksum", &AttributesOutput::checksum, kWholeChecksum),
    field("ObjectParts", &AttributesOutput::parts, kPartsAttributes),
    field("StorageClass", &AttributesOutput::storage_class), field("ObjectSize", &AttributesOutput::size));

WholeChecksum shown(const Checksum& checksum) {
  WholeChecksum out;
  // Here a composite checksum stands without the number of parts.
  out.of(checksum.algorithm) = checksum.text.substr(0, checksum.text.find('-'));
  out.type = type_name(checksum.composite);
  return out;
}

// The single parts are listed where each has a checksum of its own.
PartsAttributes shown(const Headers& headers, const std::vector<ObjectPart>& parts,
                      const std::optional<Checksum>& checksum) {
  PartsAttributes out;
  out.count = static_cast<std::int64_t>(parts.size());
  if (!checksum || parts.front().checksum.empty()) return out;
  const std::size_t limit = std::min(count_header(headers, "x-amz-max-parts", kMaxParts), kMaxParts);
  const std::size_t after = count_header(headers, "x-amz-part-number-marker", 0);
  const std::size_t begin = std::min(after, parts.size()), end = std::min(begin + limit, parts.size());
  out.marker = static_cast<std::int64_t>(after);
  out.next_marker = static_cast<std::int64_t>(begin < end ? end : 0);
  out.most = static_cast<std::int64_t>(limit);
  out.truncated = end < parts.size() && limit > 0;
  for (std::size_t i = begin; i < end; ++i) {
    PartAttributes& part = out.parts.emplace_back();
    part.number = static_cast<std::int64_t>(i + 1);
    part.size = static_cast<std::int64_t>(parts[i].size);
    part.of(checksum->algorithm) = parts[i].checksum;
  }
  return out;
}

asio::awaitable<AttributesOutput> get_object_attributes(S3& s3, Request& request, AttributesInput in) {
  const Headers headers = headers_of(in.headers);
  const std::vector<std::string> wanted = wanted_of(headers);
  refuse_customer_keys(headers);
  const storage::OpenObject open = co_await existing_object(s3, id_of(request, in));
  const storage::Object& object = open.object;
  const storage::Attributes& attributes = object.description.attributes;
  const auto asked = [&](std::string_view name) {
    return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  };
  const std::optional<Checksum> checksum = checksum_of(attributes);
  const std::vector<ObjectPart> parts = parts_of(attributes);
  AttributesOutput out;
  out.modified = object.modified;
  if (asked("ETag")) out.tag = object.description.tag;
  if (asked("Checksum") && checksum) out.checksum = shown(*checksum);
  if (asked("ObjectParts") && !parts.empty()) out.parts = shown(headers, parts, checksum);
  if (asked("StorageClass")) out.storage_class = storage_class_of(attributes);
  if (asked("ObjectSize")) out.size = static_cast<std::int64_t>(object.size);
  co_return out;
}

}  // namespace

extern const Row kGetObjectAttributes =
    operation("GetObjectAttributes", kInput, kOutput, get_object_attributes)
        .http("GET", "/{Bucket}/{Key+}?attributes", 200, "GetObjectAttributesResponse")
        .reads()
        .on(object_resource);

}  // namespace millrace::s3
