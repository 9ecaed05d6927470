#include "api/s3/aws_chunked.h"

#include <charconv>
#include <cstring>

#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kEnd = "\r\n";

// The line at the front, which is taken off; throws if there is none.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find(kEnd);
  if (end == std::string_view::npos) throw incomplete_body();
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + kEnd.size());
  return line;
}

std::uint64_t chunk_size(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find(';'));
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) throw incomplete_body();
  return size;
}

Headers trailer_of(std::string_view rest) {
  Headers out;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) throw malformed_trailer();
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    out.add(std::string(line.substr(0, colon)), std::string(value));
  }
  return out;
}

}  // namespace

bool is_aws_chunked(const Headers& headers) {
  if (headers.get("x-amz-content-sha256").starts_with("STREAMING-")) return true;
  return headers.get("content-encoding").find("aws-chunked") != std::string_view::npos;
}

Headers decode_aws_chunked(std::string& body) {
  std::string_view rest = body;
  std::size_t have = 0;
  for (;;) {
    const std::uint64_t size = chunk_size(take_line(rest));
    if (size == 0) break;
    if (rest.size() < size || rest.size() - size < kEnd.size()) throw incomplete_body();
    std::memmove(body.data() + have, rest.data(), size);  // never beyond what was read
    have += size;
    rest.remove_prefix(size);
    if (!take_line(rest).empty()) throw incomplete_body();
  }
  Headers trailer = trailer_of(rest);
  body.resize(have);
  return trailer;
}

}  // namespace millrace::s3
