#include <fmt/format.h>

#include <fstream>

#include "tools/bench/peers.h"
#include "tools/bench/process.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kInstallDeadline = 15min;           // of one command; cargo compiles
constexpr std::string_view kEnv = "/usr/bin/env";  // finds programs, sets variables and the working directory

// In front of the other commands of a package: its directory, made anew.
std::vector<std::string> fresh(const fs::path& directory) {
  return {std::string(kEnv), "sh", "-c", fmt::format("rm -rf '{0}' && mkdir -p '{0}'", directory.string())};
}

std::vector<std::vector<std::string>> npm(const fs::path& directory, const std::string& package) {
  return {fresh(directory),
          {std::string(kEnv), "npm", "install", "--no-fund", "--no-audit", "--prefix", directory.string(),
           package}};
}

std::vector<std::vector<std::string>> pip(const fs::path& directory, const std::string& package) {
  return {fresh(directory),
          {std::string(kEnv), "python3", "-m", "venv", directory.string()},
          {(directory / "bin/pip").string(), "install", "--quiet", package}};
}

Peer kinesalite(const fs::path& cache, bool on_disk) {
  const fs::path directory = cache / "kinesalite";
  const fs::path program = directory / "node_modules/kinesalite/cli.js";
  return {"kinesalite",
          on_disk ? "LevelDB" : "memory",
          "kinesalite",
          npm(directory, "kinesalite"),
          program,
          [program, on_disk](std::uint16_t port, const fs::path& data) {
            std::vector<std::string> command = {
                std::string(kEnv),    "node",         program.string(), "--port",
                std::to_string(port), "--shardLimit", "100000"};
            for (const char* wait : {"--createStreamMs", "--deleteStreamMs", "--updateStreamMs"}) {
              command.insert(command.end(), {wait, "0"});
            }
            if (on_disk) command.insert(command.end(), {"--path", data.string()});
            return command;
          }};
}

Peer kinesis_mock(const fs::path& cache, bool on_disk) {
  const fs::path directory = cache / "kinesis-mock";
  const fs::path package = directory / "node_modules/kinesis-local";
  return {"kinesis-mock",
          on_disk ? "JSON file, every 5 s" : "memory",
          "kinesis-mock",
          npm(directory, "kinesis-local"),
          package / "main.js",
          [package, on_disk](std::uint16_t port, const fs::path& data) {
            return std::vector<std::string>{std::string(kEnv),
                                            "-C",
                                            package.string(),  // it reads a certificate from there
                                            fmt::format("KINESIS_MOCK_PLAIN_PORT={}", port),
                                            "KINESIS_MOCK_TLS_PORT=0",
                                            "SHARD_LIMIT=100000",
                                            "CREATE_STREAM_DURATION=10ms",
                                            "DELETE_STREAM_DURATION=10ms",
                                            "LOG_LEVEL=ERROR",
                                            fmt::format("SHOULD_PERSIST_DATA={}", on_disk),
                                            fmt::format("PERSIST_PATH={}", data.string()),
                                            "node",
                                            "main.js"};
          }};
}

Peer moto(const fs::path& cache) {
  const fs::path program = cache / "moto/bin/moto_server";
  return {"moto server",
          "memory",
          "moto",
          pip(cache / "moto", "moto[server]"),
          program,
          [program](std::uint16_t port, const fs::path&) {
            return std::vector<std::string>{program.string(), "-H", "127.0.0.1", "-p", std::to_string(port)};
          }};
}

Peer ministack(const fs::path& cache, bool on_disk) {
  const fs::path program = cache / "ministack/bin/ministack";
  return {"ministack",
          on_disk ? "files, at its end" : "memory",
          "ministack",
          pip(cache / "ministack", "ministack"),
          program,
          [program, on_disk](std::uint16_t port, const fs::path& data) {
            return std::vector<std::string>{std::string(kEnv),
                                            fmt::format("GATEWAY_PORT={}", port),
                                            "BIND_HOST=127.0.0.1",
                                            "SERVICES=kinesis",
                                            "LOG_LEVEL=ERROR",
                                            fmt::format("PERSIST_STATE={}", on_disk ? 1 : 0),
                                            fmt::format("STATE_DIR={}", data.string()),
                                            program.string()};
          }};
}

Peer ferrokinesis(const fs::path& cache, bool on_disk) {
  const fs::path directory = cache / "ferrokinesis";
  const fs::path program = directory / "bin/ferrokinesis";
  return {"ferrokinesis",
          on_disk ? "WAL and snapshots" : "memory",
          "ferrokinesis",
          {fresh(directory),
           {std::string(kEnv), "cargo", "install", "--root", directory.string(), "ferrokinesis"}},
          program,
          [program, on_disk](std::uint16_t port, const fs::path& data) {
            std::vector<std::string> command = {
                program.string(),        "--port", std::to_string(port), "--shard-limit", "100000",
                "--max-request-body-mb", "16",     "--log-level",        "error"};
            for (const char* wait : {"--create-stream-ms", "--delete-stream-ms", "--update-stream-ms"}) {
              command.insert(command.end(), {wait, "0"});
            }
            if (on_disk) command.insert(command.end(), {"--state-dir", data.string()});
            return command;
          }};
}

std::string last_line(const fs::path& log) {
  std::ifstream file(log);
  std::string line;
  std::string last;
  while (std::getline(file, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace

std::vector<Peer> all_peers(const fs::path& cache) {
  return {kinesalite(cache, false),
          kinesalite(cache, true),
          kinesis_mock(cache, false),
          kinesis_mock(cache, true),
          moto(cache),
          ministack(cache, false),
          ministack(cache, true),
          ferrokinesis(cache, false),
          ferrokinesis(cache, true)};
}

std::string install(const Peer& peer, const fs::path& cache) {
  if (fs::exists(peer.proof)) return {};
  fs::create_directories(cache);
  const fs::path log = cache / (peer.package + ".log");
  fmt::print(stderr, "installing {} into {}\n", peer.name, cache.string());
  for (const auto& command : peer.installation) {
    Process process(command, log);
    const auto until = std::chrono::steady_clock::now() + kInstallDeadline;
    while (!process.ended()) {
      if (std::chrono::steady_clock::now() > until) return fmt::format("{} took too long", command[1]);
      pause_for(50ms);
    }
    if (*process.ended() != 0) return fmt::format("{} failed: {}", command[1], last_line(log));
  }
  return fs::exists(peer.proof) ? "" : peer.proof.string() + " is not there after its installation";
}

}  // namespace millrace::bench
