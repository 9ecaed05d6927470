#include "storage/local/segments/log_chain.h"

#include <algorithm>

#include "storage/local/segments/frame_scanner.h"

namespace millrace::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPage = 4096;

std::string name_of(std::uint64_t number) { return "segment " + std::to_string(number); }

}  // namespace

Result<LogChain::Source> LogChain::open_source(rocksdb::FileSystem& files, const fs::path& path) {
  Source source;
  rocksdb::IOStatus s = files.NewRandomAccessFile(path.string(), {}, &source.file, nullptr);
  if (s.ok()) s = files.GetFileSize(path.string(), {}, &source.size, nullptr);
  if (!s.ok()) return Error{Errc::io, path.string() + ": " + s.ToString()};
  char bytes[kSegmentHeaderBytes];
  rocksdb::Slice read;
  if (source.file->Read(0, sizeof bytes, {}, &read, bytes, nullptr).ok())
    source.header = SegmentHeader::parse(read.ToStringView());
  if (source.header) source.seal = source.header->seal();
  return source;
}

Result<LogChain> LogChain::open(const fs::path& directory, const std::shared_ptr<rocksdb::FileSystem>& files,
                                const std::map<std::uint64_t, std::uint64_t>& ends,
                                std::vector<std::string>& trouble) {
  SegmentFiles names(directory, files, WritePath::cached_if_small);
  std::vector<std::uint64_t> numbers;
  if (const rocksdb::IOStatus s = names.open(numbers); !s.ok()) return Error{Errc::io, s.ToString()};
  LogChain chain;
  for (const std::uint64_t number : numbers) {
    auto source = open_source(files ? *files : *rocksdb::FileSystem::Default(), names.path(number));
    if (!source) {
      trouble.push_back(source.error().detail);
      continue;
    }
    // Made in advance, of a file that was used before, and never written.
    if (source->header && source->header->number < number) continue;
    if (!source->header || source->header->number != number) {
      source->header.reset();
      // Made in advance and never written, or damaged: then its frames say so.
      const auto learned = FrameScanner::learn(*source->file, number, source->size);
      if (learned && !*learned) continue;
      source->seal = learned ? (*learned)->seal : Seal{number, 0};
      trouble.push_back(name_of(number) + ": its header cannot be read");
    }
    chain.sources_.emplace(number, std::move(*source));
  }
  chain.link(ends);
  return chain;
}

// From the last segment back, since each says which one was before it and where that ended.
void LogChain::link(const std::map<std::uint64_t, std::uint64_t>& ends) {
  for (auto at = sources_.rbegin(); at != sources_.rend();) {
    const std::uint64_t number = at->first;
    if (links_.empty()) links_.push_back({number, at->second.size, false, false});
    const std::optional<SegmentHeader>& header = at->second.header;
    begins_ = header && header->before == 0;
    ++at;
    if (begins_ || at == sources_.rend()) break;
    if (header) {
      // What lies between the two was never acknowledged.
      while (at != sources_.rend() && at->first > header->before) ++at;
      if (at == sources_.rend()) break;
    }
    const bool follows = header && header->before == at->first;
    links_.back().follows = follows;
    Link link{at->first, at->second.size, follows, false};
    if (follows) {
      link.end = std::min(link.end, header->before_end);
    } else if (const auto end = ends.find(at->first); end != ends.end()) {
      link.end = std::min(link.end, end->second);
      link.end_is_known = true;
    }
    links_.push_back(link);
  }
  std::reverse(links_.begin(), links_.end());
}

namespace {

// Goes to the next frame behind `offset`, past what the disk does not give back. False when there is none.
bool resume(std::optional<FrameScanner>& scanner, const rocksdb::FSRandomAccessFile& file, const Seal& seal,
            std::uint64_t offset, std::uint64_t end) {
  for (; offset < end; offset = offset / kPage * kPage + kPage) {
    scanner.emplace(file, seal, offset, end);
    if (const auto more = scanner->search()) return *more;
  }
  return false;
}

}  // namespace

Result<void> LogChain::frames(const Link& link, std::uint64_t from,
                              const std::function<Result<void>(const ReadFrame&)>& each,
                              std::vector<std::string>& trouble) const {
  const Source& source = sources_.at(link.number);
  const rocksdb::FSRandomAccessFile& file = *source.file;
  std::optional<FrameScanner> scanner;
  scanner.emplace(file, source.seal, std::max<std::uint64_t>(from, kSegmentHeaderBytes), link.end);
  while (scanner->offset() < link.end) {
    auto found = scanner->next();
    if (found && *found) {
      const ReadFrame frame = ReadFrame::of(std::move(**found), link.number);
      if (Result<void> done = each(frame); !done) return done;
      continue;
    }
    const std::uint64_t broken = scanner->offset();
    const bool more = resume(scanner, file, source.seal, broken, link.end);
    if (more || !found || (link.end_is_known && link.end - broken >= kFrameHeadBytes))
      trouble.push_back(name_of(link.number) + ", offset " + std::to_string(broken) +
                        ": the bytes up to offset " + std::to_string(more ? scanner->offset() : link.end) +
                        " cannot be read");
    if (!more) break;
  }
  return {};
}

std::optional<Block> LogChain::read(const Location& at) const {
  const auto source = sources_.find(at.segment);
  if (source == sources_.end()) return {};
  std::shared_ptr<char[]> bytes(new char[at.size]);
  rocksdb::Slice read;
  const rocksdb::IOStatus s = source->second.file->Read(at.offset, at.size, {}, &read, bytes.get(), nullptr);
  Block block{read.ToStringView(), std::move(bytes)};
  if (!s.ok() || read.size() != at.size || block_checksum(block.bytes) != at.checksum || !block.valid())
    return {};
  return block;
}

}  // namespace millrace::storage
