// Contents of objects and parts: in memory, in a file, or brought piece by piece.
#include <utility>

#include "storage/files/engine.h"

namespace millrace::storage::files {

namespace {

// Each piece that is written has a checksum of its own: small ones wait for more.
constexpr std::size_t kLeastPiece = 64 << 10;

}  // namespace

// Its file is made with the first bytes. A crash leaves it in DIR/incoming, where the next start finds it.
class Engine::Incoming final : public IncomingContent {
 public:
  explicit Incoming(Engine& engine) : engine_(engine) {}
  Incoming(const Incoming&) = delete;
  ~Incoming() override {
    if (file_) engine_.discard({file_->name});
  }

  Answer<void> append(std::string bytes) override {
    if (const Result<void> room = engine_.check_room(); !room) co_return room;
    size_ += bytes.size();
    if (pending_.empty())
      pending_ = std::move(bytes);
    else
      pending_ += bytes;
    if (pending_.size() < kLeastPiece) co_return Result<void>();
    auto write = [this, piece = std::exchange(pending_, {})] { return write_now(piece); };
    co_return co_await on_pool(engine_.pool_, std::move(write));
  }
  [[nodiscard]] std::uint64_t size() const override { return size_; }

  // Syncs the file and gives it away. Blocks.
  [[nodiscard]] Result<std::string> finish() {
    if (Result<void> written = write_now(pending_); !written) return written.error();
    if (Result<void> behind = BlobDirectory::append(*file_, sums_); !behind) return behind.error();
    if (Result<void> synced = engine_.blobs_.finish(*file_); !synced) return synced.error();
    const std::string name = std::move(file_->name);
    file_.reset();
    return name;
  }

 private:
  Result<void> begin() {
    if (file_) return {};
    Result<BlobDirectory::NewFile> made = engine_.blobs_.create();
    if (!made) return made.error();
    file_ = std::move(*made);
    return {};
  }
  Result<void> write_now(std::string_view bytes) {
    if (Result<void> room = engine_.check_room(); !room) return room;
    if (Result<void> begun = begin(); !begun) return begun;
    if (Result<void> written = BlobDirectory::append(*file_, bytes); !written) return written;
    sums_.add(bytes);
    return {};
  }

  Engine& engine_;
  std::optional<BlobDirectory::NewFile> file_;
  FileSums sums_;
  std::string pending_;  // not written yet
  std::uint64_t size_ = 0;
};

std::unique_ptr<IncomingContent> Engine::incoming() { return std::make_unique<Incoming>(*this); }

Result<std::string> Engine::write_file(Content& content) const {
  if (const Result<void> room = check_room(); !room) return room.error();
  if (const auto* bytes = std::get_if<std::string>(&content)) return blobs_.write(*bytes);
  if (const auto* range = std::get_if<FileRange>(&content)) return blobs_.write(*range);
  return static_cast<Incoming&>(*std::get<std::unique_ptr<IncomingContent>>(content)).finish();
}

std::uint64_t size_of(const Content& content) {
  if (const auto* bytes = std::get_if<std::string>(&content)) return bytes->size();
  if (const auto* range = std::get_if<FileRange>(&content)) return range->size;
  return std::get<std::unique_ptr<IncomingContent>>(content)->size();
}

}  // namespace millrace::storage::files
