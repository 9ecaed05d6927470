#include "api/s3/read_object.h"

#include <algorithm>
#include <charconv>

#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/object_headers.h"

namespace millrace::s3 {

namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return v;
}

std::vector<std::uint64_t> part_sizes(const storage::Object& object) {
  std::vector<std::uint64_t> out;
  const std::string text = attribute(object.description.attributes, kPartsAttribute);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(','));
    out.push_back(number_of(one).value_or(0));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
  }
  return out;
}

// Of an object that was put at once, part 1 is all of it.
ByteRange range_of_part(const Call& call, const storage::Object& object, HttpResponse& response) {
  const std::size_t number = count_parameter(call, "partNumber", 0);
  if (number < 1 || number > 10'000)
    throw invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber",
                           call.parameter("partNumber").value_or(""));
  std::vector<std::uint64_t> sizes = part_sizes(object);
  if (!sizes.empty()) response.headers.add("x-amz-mp-parts-count", std::to_string(sizes.size()));
  if (sizes.empty()) sizes.push_back(object.size);
  if (number > sizes.size()) throw invalid_part_number_read(number, sizes.size());
  ByteRange range{0, sizes[number - 1]};
  for (std::size_t i = 0; i + 1 < number; ++i) range.first += sizes[i];
  return range;
}

void override_headers(const Call& call, HttpResponse& response) {
  constexpr std::pair<const char*, const char*> kOverrides[] = {
      {"response-cache-control", "cache-control"},
      {"response-content-disposition", "content-disposition"},
      {"response-content-encoding", "content-encoding"},
      {"response-content-language", "content-language"},
      {"response-content-type", "content-type"},
      {"response-expires", "expires"},
  };
  for (const auto& [parameter, header] : kOverrides)
    if (auto value = call.parameter(parameter)) response.headers.set(header, std::move(*value));
}

std::optional<ByteRange> wanted_range(const Call& call, const storage::Object& object,
                                      HttpResponse& response) {
  const auto header = call.headers().find("range");
  if (call.parameter("partNumber")) {
    if (header) throw invalid_request("Cannot specify both Range header and partNumber query parameter");
    return range_of_part(call, object, response);
  }
  return header ? parse_range(*header, object.size) : std::nullopt;
}

}  // namespace

std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  const std::string_view text = header.substr(kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number_of(text.substr(0, dash)), last = number_of(text.substr(dash + 1));
  if ((!first && dash > 0) || (!last && dash + 1 < text.size()) || (!first && !last)) return std::nullopt;
  if (!first) {
    if (*last == 0 || size == 0) throw invalid_range(header, size);
    const std::uint64_t n = std::min(*last, size);
    return ByteRange{size - n, n};
  }
  if (last && *last < *first) return std::nullopt;
  if (*first >= size) throw invalid_range(header, size);
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return ByteRange{*first, end - *first + 1};
}

HttpResponse answer_read(const Call& call, storage::OpenObject object) {
  HttpResponse response;
  add_object_headers(response, object.object);
  if (check_read(call.headers(), object.object) == ReadVerdict::not_modified) {
    response.status = 304;
    return response;
  }
  response.headers.add("Accept-Ranges", "bytes");
  const auto range = wanted_range(call, object.object, response);
  const std::uint64_t size = object.object.size;
  const ByteRange part = range.value_or(ByteRange{0, size});
  if (range) {
    response.status = 206;
    if (part.size > 0)
      response.headers.add("Content-Range", "bytes " + std::to_string(part.first) + "-" +
                                                std::to_string(part.first + part.size - 1) + "/" +
                                                std::to_string(size));
  }
  const bool whole = part.size == size;
  const auto checksum = checksum_of(object.object.description.attributes);
  if (whole && checksum && equals_ignoring_case(call.headers().get("x-amz-checksum-mode"), "ENABLED"))
    add_checksum_headers(response, *checksum);
  override_headers(call, response);
  if (call.request.http.method == "HEAD") {
    response.head_length = part.size;
  } else {
    response.body = FilePart{std::move(object.descriptor), part.first, part.size};
  }
  return response;
}

}  // namespace millrace::s3
