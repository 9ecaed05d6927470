#include "server/net/tls_contexts.h"

#include <sys/stat.h>

#include <boost/asio/ssl.hpp>

#include "server/log.h"

namespace millrace::net {

TlsContexts::TlsContexts(CertificateFiles files)
    : files_(std::move(files)), seen_(stamps()), current_(make_tls_context(files_)) {}

TlsContexts::Context TlsContexts::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void TlsContexts::reload() {
  // First, so that a change while they are read is met by the next look.
  seen_ = stamps();
  try {
    Context read = make_tls_context(files_);
    {
      const std::lock_guard lock(mutex_);
      current_.swap(read);
    }
    log::info("tls_certificate_reloaded", {{"certificate", files_.certificate.string()}});
  } catch (const TlsFileError& e) {
    log::error("tls_reload_failed",
               {{"file", e.file.string()},
                {"reason", e.reason},
                {"remedy", "correct the file; the previous certificate stays in use until then"}});
  }
}

void TlsContexts::reload_if_changed() {
  if (stamps() != seen_) reload();
}

TlsContexts::Stamps TlsContexts::stamps() const {
  const auto stamp_of = [](const std::filesystem::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) return Stamp{};
    const auto nanoseconds = [](const timespec& t) {
      return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
    };
    return Stamp{info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
                 nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
  };
  return {stamp_of(files_.certificate), stamp_of(files_.key), stamp_of(files_.client_ca)};
}

}  // namespace millrace::net
