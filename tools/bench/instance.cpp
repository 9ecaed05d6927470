#include "tools/bench/instance.h"

#include <fmt/format.h>

#include <boost/asio.hpp>
#include <fstream>
#include <stdexcept>

#include "tools/bench/control.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kReadyDeadline = 30s;
constexpr auto kStopDeadline = 30s;

// A port that was free a moment ago; should another process take it, the start fails and says so.
std::uint16_t free_port() {
  asio::io_context context;
  const tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
  return acceptor.local_endpoint().port();
}

std::string end_of(const std::filesystem::path& log) {
  constexpr std::size_t kShown = 2000;
  std::ifstream file(log);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return text.substr(text.size() - std::min(text.size(), kShown));
}

}  // namespace

Instance Instance::running(const std::string& url, std::optional<pid_t> pid) {
  constexpr std::string_view kScheme = "http://";
  const std::size_t colon = url.rfind(':');
  if (!url.starts_with(kScheme) || colon <= kScheme.size()) {
    throw std::runtime_error(fmt::format("--server {}: not of the form http://host:port", url));
  }
  const std::string host = url.substr(kScheme.size(), colon - kScheme.size());
  const std::string port = url.substr(colon + 1, url.find('/', colon) - colon - 1);
  asio::io_context context;
  boost::system::error_code error;
  const auto found = tcp::resolver(context).resolve(host, port, error);
  if (error) throw std::runtime_error(fmt::format("--server {}: {}", url, error.message()));
  Instance instance;
  instance.endpoint_ = found.begin()->endpoint();
  instance.host_ = host + ":" + port;
  instance.pid_ = pid;
  if (!Control(instance.endpoint_, instance.host_).ready()) {
    throw std::runtime_error(url + " does not answer GET /health/ready with 200");
  }
  return instance;
}

Instance Instance::millrace(const std::filesystem::path& binary, const std::string& durability,
                            const std::filesystem::path& directory, std::vector<std::string> more) {
  Instance instance;
  instance.directory_ = std::make_unique<TemporaryDirectory>(directory);
  instance.listen_on(free_port());
  std::vector<std::string>& command = instance.command_;
  command = {binary.string(), "serve",      "--listen",
             instance.host_,  "--data-dir", (instance.directory_->path() / "data").string()};
  if (!durability.empty()) command.insert(command.end(), {"--durability", durability});
  command.insert(command.end(), more.begin(), more.end());
  instance.start();
  return instance;
}

Instance Instance::peer(const std::string& command, const std::filesystem::path& directory) {
  Instance instance;
  instance.directory_ = std::make_unique<TemporaryDirectory>(directory);
  const std::uint16_t port = free_port();
  instance.listen_on(port);
  instance.peer_ = true;
  instance.command_ = {
      "/bin/sh", "-c",
      fmt::format("PORT={}; DATA={}; {}", port, instance.directory_->path().string(), command)};
  instance.start();
  return instance;
}

Instance Instance::floor(FloorOptions options, const std::filesystem::path& directory) {
  Instance instance;
  instance.directory_ = std::make_unique<TemporaryDirectory>(directory);
  options.port = free_port();
  instance.listen_on(options.port);
  instance.command_ = {std::filesystem::read_symlink("/proc/self/exe").string(),
                       "floor-server",
                       "--port",
                       std::to_string(options.port),
                       "--scenario",
                       options.scenario,
                       "--answer-records",
                       std::to_string(options.answer_records),
                       "--threads",
                       std::to_string(options.threads),
                       "--shards",
                       std::to_string(options.shards)};
  instance.start();
  return instance;
}

void Instance::listen_on(std::uint16_t port) {
  endpoint_ = {asio::ip::make_address("127.0.0.1"), port};
  host_ = fmt::format("127.0.0.1:{}", port);
}

void Instance::kill_and_start() {
  process_.reset();
  start();
}

void Instance::start() {
  process_ = std::make_unique<Process>(command_, log());
  pid_ = process_->pid();
  Control control(endpoint_, host_);
  const auto until = std::chrono::steady_clock::now() + kReadyDeadline;
  while (!(peer_ ? control.answers() : control.ready())) {
    const bool ended = process_->ended().has_value();
    if (ended || std::chrono::steady_clock::now() > until) {
      throw std::runtime_error(fmt::format("{} {} before it was ready; its log ends:\n{}", command_[0],
                                           ended ? "ended" : "ran out of time", end_of(log())));
    }
    pause_for(20ms);
  }
}

void Instance::stop() {
  if (!process_) return;
  const std::string trouble = process_->stop(kStopDeadline);
  if (trouble.empty()) return;
  throw std::runtime_error(fmt::format("the server {}; its log ends:\n{}", trouble, end_of(log())));
}

}  // namespace millrace::bench
