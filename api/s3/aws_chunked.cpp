#include "api/s3/aws_chunked.h"

#include <charconv>
#include <cstring>

#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kEnd = "\r\n";

// What a chunk's head and a trailer may have; SDKs send some 100 bytes.
constexpr std::size_t kMaxLineBytes = 8 << 10;

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

bool AwsChunkedDecoder::take_line(std::string_view& rest) {
  if (line_.ends_with('\r') && rest.starts_with('\n')) {  // cut in the midst of its end
    line_.pop_back();
    rest.remove_prefix(1);
    return true;
  }
  const std::size_t end = rest.find(kEnd);
  const std::string_view part = rest.substr(0, end);
  if (line_.size() + part.size() > kMaxLineBytes) throw incomplete_body();
  line_.append(part);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + kEnd.size());
  return end != std::string_view::npos;
}

void AwsChunkedDecoder::decode(std::string& piece) {
  std::string_view rest = piece;
  std::size_t have = 0;
  while (!rest.empty()) {
    if (at_ == At::trailer) {
      if (line_.size() + rest.size() > kMaxLineBytes) throw malformed_trailer();
      line_.append(rest);
      break;
    }
    if (at_ == At::bytes) {
      const std::size_t size = std::min<std::uint64_t>(left_, rest.size());
      std::memmove(piece.data() + have, rest.data(), size);  // never beyond what was read
      have += size;
      rest.remove_prefix(size);
      left_ -= size;
      if (left_ == 0) at_ = At::end_of_bytes;
      continue;
    }
    if (!take_line(rest)) break;
    if (at_ == At::end_of_bytes) {
      if (!line_.empty()) throw incomplete_body();
      at_ = At::size;
    } else {
      left_ = chunk_size(line_);
      at_ = left_ == 0 ? At::trailer : At::bytes;
    }
    line_.clear();
  }
  piece.resize(have);
}

Headers AwsChunkedDecoder::finish() const {
  if (at_ != At::trailer) throw incomplete_body();
  return trailer_of(line_);
}

Headers decode_aws_chunked(std::string& body) {
  AwsChunkedDecoder decoder;
  decoder.decode(body);
  return decoder.finish();
}

}  // namespace millrace::s3
