// The server that a run measures: one that was running before, or a fresh one (Millrace or the floor) that is
// started for the run, with a directory of its own that goes away with it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/floor_server.h"
#include "tools/bench/process.h"

namespace millrace::bench {

class Instance {
 public:
  // `url` is http://host:port. Throws std::runtime_error if it is not, or the host is unknown.
  static Instance running(const std::string& url, std::optional<pid_t> pid);
  // Both return when the server is ready. Throw std::runtime_error, with the end of its log, if it ends or
  // is not ready in time.
  static Instance millrace(const std::filesystem::path& binary, const std::string& durability,
                           const std::filesystem::path& directory, std::vector<std::string> more = {});
  // A server of another make: `command` is for /bin/sh, which puts the port for $PORT and a directory of the
  // instance's own for $DATA, and must `exec` it.
  static Instance peer(const std::string& command, const std::filesystem::path& directory);
  static Instance floor(FloorOptions options, const std::filesystem::path& directory);

  boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }
  const std::string& host() const { return host_; }
  std::optional<pid_t> pid() const { return pid_; }

  // Kills the server (SIGKILL), and starts it again with the same arguments.
  void kill_and_start();

  // Stops what was started. Throws std::runtime_error if it does not end in order.
  void stop();

 private:
  Instance() = default;
  void listen_on(std::uint16_t port);
  void start();
  std::filesystem::path log() const { return directory_->path() / "log"; }

  boost::asio::ip::tcp::endpoint endpoint_;
  std::string host_;
  std::optional<pid_t> pid_;
  std::vector<std::string> command_;
  bool peer_ = false;
  std::unique_ptr<TemporaryDirectory> directory_;  // before the process, which ends first
  std::unique_ptr<Process> process_;
};

}  // namespace millrace::bench
