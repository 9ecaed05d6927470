// The certificate that new connections are served with. It follows its files, so that a renewed certificate
// needs no restart: a connection keeps the context that it began with.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "server/net/tls.h"

namespace millrace::net {

// Outlives the connections' handshakes. `current` is safe from any thread; the rest is called by one thread,
// which may wait for the disk.
class TlsContexts {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;  // shared with the connections that use it

  // Throws TlsFileError when a file is not what it should be.
  explicit TlsContexts(CertificateFiles files);

  [[nodiscard]] Context current() const;

  // Reads the files again. If one of them cannot be used, or key and certificate are not of one pair, the log
  // says which and why, and the context in use stays.
  void reload();
  // Does so if a file has changed since it was read. Files that are written one after the other may be met
  // between: the next call then finds the second change.
  void reload_if_changed();

 private:
  // What tells one state of a file from another; all zeros while there is no file.
  struct Stamp {
    std::uint64_t device = 0, inode = 0, size = 0, modified_ns = 0, changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 3>;
  [[nodiscard]] Stamps stamps() const;

  const CertificateFiles files_;
  Stamps seen_;  // before the files were last read, with or without success
  mutable std::mutex mutex_;
  Context current_;  // guarded by the mutex
};

}  // namespace millrace::net
