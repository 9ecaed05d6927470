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

constexpr auto kReadyDeadline = 60s;
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

Instance Instance::millrace(const MillraceOptions& options) {
  Instance instance;
  instance.directory_ = std::make_unique<TemporaryDirectory>(options.directory);
  instance.listen_on(free_port());
  std::vector<std::string> command = {options.binary.string(), "serve",      "--listen",
                                      instance.host_,          "--data-dir", instance.data().string()};
  if (!options.durability.empty()) command.insert(command.end(), {"--durability", options.durability});
  command.insert(command.end(), options.arguments.begin(), options.arguments.end());
  instance.start(std::move(command));
  return instance;
}

Instance Instance::peer(const Command& command, const std::filesystem::path& directory) {
  Instance instance;
  instance.directory_ = std::make_unique<TemporaryDirectory>(directory);
  instance.has_health_ = false;
  const std::uint16_t port = free_port();
  instance.listen_on(port);
  std::filesystem::create_directory(instance.data());
  instance.start(command(port, instance.data()));
  return instance;
}

Instance Instance::floor(FloorOptions options, const std::filesystem::path& directory) {
  Instance instance;
  instance.directory_ = std::make_unique<TemporaryDirectory>(directory);
  options.port = free_port();
  instance.listen_on(options.port);
  instance.start({std::filesystem::read_symlink("/proc/self/exe").string(), "floor-server", "--port",
                  std::to_string(options.port), "--scenario", options.scenario, "--answer-records",
                  std::to_string(options.answer_records), "--threads", std::to_string(options.threads),
                  "--shards", std::to_string(options.shards)});
  return instance;
}

void Instance::listen_on(std::uint16_t port) {
  endpoint_ = {asio::ip::make_address("127.0.0.1"), port};
  host_ = fmt::format("127.0.0.1:{}", port);
}

void Instance::start(std::vector<std::string> command) {
  command_ = std::move(command);
  start_again();
}

std::chrono::milliseconds Instance::start_again() {
  const auto started = std::chrono::steady_clock::now();
  process_ = std::make_unique<Process>(command_, log());
  pid_ = process_->pid();
  Control control(endpoint_, host_);
  while (!(has_health_ ? control.ready() : control.lists_streams())) {
    const bool ended = process_->ended().has_value();
    if (ended || std::chrono::steady_clock::now() > started + kReadyDeadline) {
      throw std::runtime_error(fmt::format("{} {} before it was ready; its log ends:\n{}", command_[0],
                                           ended ? "ended" : "ran out of time", end_of(log())));
    }
    pause_for(2ms);
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
}

void Instance::stop() {
  if (!process_) return;
  const std::string trouble = process_->stop(kStopDeadline);
  if (trouble.empty()) return;
  throw std::runtime_error(fmt::format("the server {}; its log ends:\n{}", trouble, end_of(log())));
}

}  // namespace millrace::bench
