// The server that a run measures: one that was running before, or a fresh one (Millrace or the floor) that is
// started for the run, with a directory of its own that goes away with it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/floor_server.h"
#include "tools/bench/process.h"

namespace millrace::bench {

struct MillraceOptions {
  std::filesystem::path binary;
  std::string durability;                   // empty: the server's default
  std::filesystem::path directory;          // where a directory for its data is made
  std::vector<std::string> arguments = {};  // further ones of `millrace serve`
};

class Instance {
 public:
  // `url` is http://host:port. Throws std::runtime_error if it is not, or the host is unknown.
  static Instance running(const std::string& url, std::optional<pid_t> pid);
  // Both return when the server is ready. Throw std::runtime_error, with the end of its log, if it ends or
  // is not ready in time.
  static Instance millrace(const MillraceOptions& options);
  // Any other server that speaks Kinesis; `command` makes its command line from its port, an empty directory
  // of its own and the one for its data in it.
  using Command =
      std::function<std::vector<std::string>(std::uint16_t port, const std::filesystem::path& data)>;
  static Instance peer(const Command& command, const std::filesystem::path& directory);
  static Instance floor(FloorOptions options, const std::filesystem::path& directory);

  boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }
  const std::string& host() const { return host_; }
  std::optional<pid_t> pid() const { return pid_; }

  // Of a server that was started: where its data is (or would be).
  std::filesystem::path data() const { return directory_->path() / "data"; }

  // Stops what was started. Throws std::runtime_error if it does not end in order.
  void stop();
  // kill -9 of what was started, with its children.
  void kill() { process_->kill_group(); }
  // Starts it again after stop() or kill(), with the same arguments on the same data. Returns the time from
  // the start of the process until it is ready. Throws as millrace() does.
  std::chrono::milliseconds start_again();

 private:
  Instance() = default;
  void listen_on(std::uint16_t port);
  void start(std::vector<std::string> command);
  std::filesystem::path log() const { return directory_->path() / "log"; }

  boost::asio::ip::tcp::endpoint endpoint_;
  std::string host_;
  std::optional<pid_t> pid_;
  std::unique_ptr<TemporaryDirectory> directory_;  // before the process, which ends first
  std::unique_ptr<Process> process_;
  std::vector<std::string> command_;
  bool has_health_ = true;  // else it is ready when it lists its streams
};

}  // namespace millrace::bench
