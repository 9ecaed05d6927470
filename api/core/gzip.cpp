#include "api/core/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

namespace millrace {

namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: gzip's header and trailer, and no other
constexpr std::size_t kFirstBytes = 64 << 10;

}  // namespace

Gunzip gunzip(std::string_view in, std::size_t max, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return Gunzip::malformed;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  out.clear();
  for (;;) {
    const std::size_t have = out.size();
    // One byte more than is allowed tells whether that would be passed.
    out.resize(std::min(std::max(have * 2, kFirstBytes), max + 1));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + have);
    stream.avail_out = static_cast<uInt>(out.size() - have);
    const int status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (out.size() > max) return Gunzip::too_large;
    if (status == Z_STREAM_END) return stream.avail_in == 0 ? Gunzip::done : Gunzip::malformed;
    if (status != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) return Gunzip::malformed;
  }
}

}  // namespace millrace
