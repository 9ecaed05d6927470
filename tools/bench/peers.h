// Other servers that speak Kinesis under the same load: how to get them, how to start them, and the table
// that compares them with Millrace.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tools/bench/instance.h"
#include "tools/bench/options.h"
#include "tools/bench/table.h"

namespace millrace::bench {

// A way to run a server. Servers that can keep their data run twice: as they come, and so that they do.
struct Peer {
  std::string name;
  std::string keeps;                                   // where its data is
  std::string package;                                 // a directory of the cache
  std::vector<std::vector<std::string>> installation;  // commands, from nothing to a server
  std::filesystem::path proof;                         // is there when it is installed
  Instance::Command command;
};

// All but Millrace, installed under `cache`.
std::vector<Peer> all_peers(const std::filesystem::path& cache);

// Installs what is missing. Returns why it could not; empty if it is there.
std::string install(const Peer& peer, const std::filesystem::path& cache);

// Errors of a peer are cells of the table; those of Millrace count.
Section peers_section(const Options& options);

}  // namespace millrace::bench
