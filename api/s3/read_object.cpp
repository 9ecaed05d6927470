#include "api/s3/read_object.h"

#include <algorithm>
#include <charconv>

#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/header_text.h"
#include "api/s3/multipart.h"
#include "api/s3/object_headers.h"

namespace millrace::s3 {

namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return v;
}

struct Wanted {
  std::optional<ByteRange> range;
  std::optional<std::string> part_checksum;  // in base64, where a part was asked for and has its own
};

// Of an object that was put at once, part 1 is all of it.
Wanted wanted_part(const ReadInput& in, const storage::Object& object, HttpResponse& response) {
  const std::uint32_t number = part_number_of(in.part_number);
  std::vector<ObjectPart> parts = parts_of(object.description.attributes);
  if (!parts.empty()) response.headers.add("x-amz-mp-parts-count", std::to_string(parts.size()));
  if (parts.empty()) parts.push_back({object.size, ""});
  if (number > parts.size()) throw invalid_part_number_read(number, parts.size());
  ObjectPart& part = parts[number - 1];
  ByteRange range{0, part.size};
  for (std::size_t i = 0; i + 1 < number; ++i) range.first += parts[i].size;
  Wanted out{.range = range, .part_checksum = std::nullopt};
  if (!part.checksum.empty()) out.part_checksum = std::move(part.checksum);
  return out;
}

void override_headers(const ReadInput& in, HttpResponse& response) {
  struct Override {
    const char *parameter, *header;
    Text ReadInput::*value;
  };
  constexpr Override kOverrides[] = {
      {"response-cache-control", "cache-control", &ReadInput::cache_control},
      {"response-content-disposition", "content-disposition", &ReadInput::disposition},
      {"response-content-encoding", "content-encoding", &ReadInput::encoding},
      {"response-content-language", "content-language", &ReadInput::language},
      {"response-content-type", "content-type", &ReadInput::type},
      {"response-expires", "expires", &ReadInput::expires},
  };
  for (const Override& one : kOverrides)
    if (const Text& value = in.*one.value) {
      std::string text;
      if (!to_latin1(*value, &text))
        throw invalid_argument("Header value cannot be represented using ISO-8859-1.", one.parameter, *value);
      response.headers.set(one.header, std::move(text));
    }
}

Wanted wanted_of(const ReadInput& in, const Headers& headers, const storage::Object& object,
                 HttpResponse& response) {
  const auto header = headers.find("range");
  if (in.part_number) {
    if (header) throw invalid_request("Cannot specify both Range header and partNumber query parameter");
    return wanted_part(in, object, response);
  }
  return {.range = header ? parse_range(*header, object.size) : std::nullopt, .part_checksum = std::nullopt};
}

// Of the whole object, or of the part that was asked for; a range has none.
void add_checksum(const ReadInput& in, const Headers& headers, const storage::Object& object,
                  const Wanted& wanted, bool whole, HttpResponse& response) {
  if (!equals_ignoring_case(headers.get("x-amz-checksum-mode"), "ENABLED")) return;
  std::optional<Checksum> checksum = checksum_of(object.description.attributes);
  if (!checksum) return;
  // A composite checksum is not that of any bytes that are read by number.
  if (!wanted.part_checksum && (!whole || (checksum->composite && in.part_number))) return;
  if (wanted.part_checksum) checksum->text = *wanted.part_checksum;
  add_checksum_headers(response, *checksum);
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

HttpResponse answer_read(const ReadInput& in, ReadMethod method, storage::OpenObject object, Time now) {
  const Headers headers = headers_of(in.headers);
  refuse_customer_keys(headers);
  HttpResponse response;
  add_object_headers(response, object.object);
  if (check_read(headers, object.object, now) == ReadVerdict::not_modified) {
    response.status = 304;
    return response;
  }
  response.headers.add("Accept-Ranges", "bytes");
  add_tagging_count(response, object.object);
  const Wanted wanted = wanted_of(in, headers, object.object, response);
  const std::optional<ByteRange>& range = wanted.range;
  const std::uint64_t size = object.object.size;
  const ByteRange part = range.value_or(ByteRange{0, size});
  if (range) {
    response.status = 206;
    if (part.size > 0)
      response.headers.add("Content-Range", "bytes " + std::to_string(part.first) + "-" +
                                                std::to_string(part.first + part.size - 1) + "/" +
                                                std::to_string(size));
  }
  add_checksum(in, headers, object.object, wanted, part.size == size, response);
  override_headers(in, response);
  if (method == ReadMethod::head) {
    response.head_length = part.size;
  } else {
    response.body = FilePart{std::move(object.descriptor), part.first, part.size};
  }
  return response;
}

}  // namespace millrace::s3
