// What the command line says.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/measure.h"

namespace millrace::bench {

// millrace-bench in the user's cache directory.
std::filesystem::path default_peer_cache();

struct Options {
  std::string server;  // a URL; empty: start Millrace
  std::optional<pid_t> pid;
  std::filesystem::path millrace = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "millrace";
  std::string durability;
  std::filesystem::path directory = std::filesystem::temp_directory_path();
  LoadOptions load;
  std::int64_t seconds = 3;
  std::vector<std::string> scenarios;
  bool floor = false;
  std::vector<std::string> floor_parts;
  unsigned repeat = 3;
  bool latency = false;
  bool functions = false;
  bool auth = false;
  bool leases = false;
  unsigned lease_count = 10'000;
  double stall_minutes = 0;
  double scale_gb = 0;
  bool peers = false;
  std::filesystem::path peer_cache = default_peer_cache();
  std::vector<std::string> peer_names;  // packages of the catalog; none: all
  std::uint64_t peer_records = 2'000'000;
  std::int64_t peer_fill_seconds = 30;
  std::string json;
  bool markdown = false;

  // A fresh Millrace; `durability` overrides the flag unless it is empty.
  MillraceOptions fresh(const std::string& other_durability = "",
                        std::vector<std::string> arguments = {}) const {
    return {millrace, other_durability.empty() ? durability : other_durability, directory,
            std::move(arguments)};
  }
};

void declare(CLI::App& app, Options& options);

}  // namespace millrace::bench
