#include "api/s3/listing.h"

#include <charconv>

#include "api/core/dates.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/object_headers.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxKeys = 1000;

ListedObject listed(const storage::Object& object, const ListParameters& parameters,
                    const std::optional<Owner>& owner) {
  ListedObject out;
  static_cast<ChecksumKind&>(out) = checksum_kind_of(object);
  out.key = parameters.shown(object.key);
  out.modified = whole_seconds(object.modified);
  out.tag = quoted_tag(object.description.tag);
  out.size = static_cast<std::int64_t>(object.size);
  out.owner = owner;
  out.storage_class = storage_class_of(object.description.attributes);
  return out;
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

ChecksumKind checksum_kind_of(const storage::Object& object) {
  const auto checksum = checksum_of(object.description.attributes);
  if (!checksum) return {};
  return {std::string(name_of(checksum->algorithm)), std::string(type_name(checksum->composite))};
}

std::size_t count_of(const Text& text, std::string_view name, std::size_t fallback) {
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

ListParameters list_parameters(const ListInput& in) {
  ListParameters out;
  out.prefix = in.prefix.value_or("");
  out.delimiter = in.delimiter.value_or("");
  out.max_keys = std::min(count_of(in.max_keys, "max-keys", kMaxKeys), kMaxKeys);
  if (in.encoding_type) {
    if (!equals_ignoring_case(*in.encoding_type, "url"))
      throw invalid_argument("Invalid Encoding Method specified in Request", "encoding-type",
                             *in.encoding_type);
    out.url_encoded = true;
  }
  return out;
}

asio::awaitable<ListedPage> list_page(S3& s3, storage::BucketId id, ListParameters parameters,
                                      std::string after) {
  storage::Bucket bucket = co_await existing_bucket(s3, id);
  ListedPage out{.listing = {}, .region = std::move(bucket.location)};
  if (parameters.max_keys == 0) co_return out;
  storage::ListRequest request{.prefix = std::move(parameters.prefix),
                               .delimiter = std::move(parameters.delimiter),
                               .after = std::move(after),
                               .limit = parameters.max_keys};
  auto page = co_await s3.objects.list(id, std::move(request));
  if (!page && page.error().code == storage::Errc::not_found) throw no_such_bucket(id.name);
  out.listing = or_throw(std::move(page));
  co_return out;
}

std::string last_of(const storage::Listing& page) {
  if (page.entries.empty()) return {};
  if (const auto* object = std::get_if<storage::Object>(&page.entries.back())) return object->key;
  return std::get<std::string>(page.entries.back());
}

void describe(Listed& out, const std::string& bucket, const ListParameters& parameters, ListedPage page,
              const std::optional<Owner>& owner) {
  out.region = std::move(page.region);
  out.name = bucket;
  out.prefix = parameters.shown(parameters.prefix);
  out.max_keys = static_cast<std::int64_t>(parameters.max_keys);
  if (!parameters.delimiter.empty()) out.delimiter = parameters.shown(parameters.delimiter);
  if (parameters.url_encoded) out.encoding_type = "url";
  out.truncated = page.listing.truncated;
  for (const storage::ListEntry& entry : page.listing.entries) {
    if (const auto* object = std::get_if<storage::Object>(&entry))
      out.objects.push_back(listed(*object, parameters, owner));
    else
      out.prefixes.push_back({parameters.shown(std::get<std::string>(entry))});
  }
}

}  // namespace millrace::s3
