#include "storage/local/segments/newest_segment.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/local/segments/segments.h"

namespace millrace::storage {
namespace {

constexpr std::string_view kMagic = "MILLNEW1";
constexpr const char* kName = "newest-segment";
constexpr std::size_t kSummed = 24, kBytes = 32;

}  // namespace

Result<std::optional<NewestSegment>> NewestSegment::read(const std::filesystem::path& log) {
  const Result<std::string> bytes = read_file(log / kName);
  if (!bytes && bytes.error().code == Errc::not_found) return std::optional<NewestSegment>();
  if (!bytes) return bytes.error();
  if (bytes->size() != kBytes || !bytes->starts_with(kMagic) ||
      get<std::uint64_t>(*bytes, kSummed) != checksum(std::string_view(*bytes).substr(0, kSummed)))
    return std::optional<NewestSegment>();
  return std::optional(NewestSegment{get<std::uint64_t>(*bytes, 8), get<std::uint64_t>(*bytes, 16) == 1});
}

Result<void> NewestSegment::write(const std::filesystem::path& log) const {
  std::string bytes(kMagic);
  put(bytes, number);
  put(bytes, std::uint64_t{synced ? 1u : 0u});
  put(bytes, checksum(bytes));
  return write_file(log / kName, bytes);
}

// Of Segments, what concerns the note.

Result<std::string> Segments::look_for_newest(const Replayed& found) const {
  const auto noted = NewestSegment::read(options_.directory.parent_path());
  if (!noted) return noted.error();
  if (!*noted || (*noted)->number == 0) return std::string();
  const std::vector<std::uint64_t> there = numbers();
  const std::string name = "segment " + std::to_string((*noted)->number);
  if (there.empty() || there.back() < (*noted)->number)
    return name + " is missing; it is the newest segment with commits";
  const bool newest_written = std::any_of(there.begin(), there.end(), [&](std::uint64_t n) {
    return n >= (*noted)->number && !found.unused.contains(n);
  });
  if (!newest_written && (*noted)->synced) return name + " is empty; it is the newest segment with commits";
  return std::string();
}

Result<void> Segments::settle_note() {
  const std::filesystem::path log = options_.directory.parent_path();
  const auto noted = NewestSegment::read(log);
  if (!noted) return noted.error();
  const std::vector<std::uint64_t> there = numbers();
  const std::uint64_t newest = there.empty() ? 0 : there.back();
  if (newest >= (*noted ? (*noted)->number : 0)) return {};
  return NewestSegment{newest, syncs()}.write(log);
}

}  // namespace millrace::storage
