#include "storage/local/index/info_log.h"

#include <mutex>

namespace millrace::storage {
namespace {

constexpr long kMostBytes = 4 << 20;

class InfoLog final : public rocksdb::Logger {
 public:
  explicit InfoLog(const std::filesystem::path& file)
      : Logger(rocksdb::WARN_LEVEL), file_(std::fopen(file.c_str(), "we"), &std::fclose) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    const std::lock_guard lock(mutex_);
    if (!file_ || std::ftell(file_.get()) > kMostBytes) return;
    std::vfprintf(file_.get(), format, arguments);
    std::fputc('\n', file_.get());
    std::fflush(file_.get());
  }
  // All settings, at each start.
  void LogHeader(const char*, va_list) override {}

 private:
  std::mutex mutex_;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;  // none: it cannot be written
};

}  // namespace

std::shared_ptr<rocksdb::Logger> info_log(const std::filesystem::path& file) {
  return std::make_shared<InfoLog>(file);
}

}  // namespace millrace::storage
