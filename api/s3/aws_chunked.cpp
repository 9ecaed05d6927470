#include "api/s3/aws_chunked.h"

#include <charconv>
#include <cstring>

#include "api/core/ascii.h"
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

// What the head of a chunk says; empty: nothing.
std::string_view chunk_signature(std::string_view line) {
  constexpr std::string_view kName = ";chunk-signature=";
  const std::size_t at = line.find(kName);
  return at == std::string_view::npos ? std::string_view() : line.substr(at + kName.size());
}

constexpr const char* kTrailerSignature = "x-amz-trailer-signature";

// The fields of the trailer but its signature, as they are signed.
std::string signed_fields(const Headers& trailer) {
  std::string out;
  for (const auto& [name, value] : trailer)
    if (!equals_ignoring_case(name, kTrailerSignature))
      out.append(lowered(name)).append(":").append(value).append("\n");
  return out;
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

void AwsChunkedDecoder::begin_chunk() {
  left_ = chunk_size(line_);
  at_ = left_ == 0 ? At::trailer : At::bytes;
  if (!signatures_) return;
  signatures_->begin(chunk_signature(line_));
  if (left_ == 0) signatures_->end();
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
      if (signatures_) signatures_->update(rest.substr(0, size));
      std::memmove(piece.data() + have, rest.data(), size);  // never beyond what was read
      have += size;
      rest.remove_prefix(size);
      left_ -= size;
      if (left_ == 0) {
        at_ = At::end_of_bytes;
        if (signatures_) signatures_->end();
      }
      continue;
    }
    if (!take_line(rest)) break;
    if (at_ == At::end_of_bytes) {
      if (!line_.empty()) throw incomplete_body();
      at_ = At::size;
    } else {
      begin_chunk();
    }
    line_.clear();
  }
  piece.resize(have);
}

Headers AwsChunkedDecoder::finish() const {
  if (at_ != At::trailer) throw incomplete_body();
  Headers trailer = trailer_of(line_);
  if (signatures_) signatures_->finish(signed_fields(trailer), trailer.get(kTrailerSignature));
  return trailer;
}

Headers decode_aws_chunked(std::string& body) {
  AwsChunkedDecoder decoder;
  decoder.decode(body);
  return decoder.finish();
}

}  // namespace millrace::s3
