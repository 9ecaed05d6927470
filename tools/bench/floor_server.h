// The floor: a server that does nothing but read whole requests and write canned answers of about the real
// size. What it costs is what sockets, kernel and client cost; the rest of a figure is the real server's own.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::bench {

struct FloorOptions {
  std::uint16_t port = 4568;
  std::string scenario;
  std::uint32_t answer_records = 0;  // in an answer of GetRecords; 0: the scenario's limit
  unsigned threads = 1;
  unsigned shards = 4;
};

// Serves 127.0.0.1 until SIGINT or SIGTERM. Throws boost::system::system_error if it cannot listen.
void run_floor_server(const FloorOptions& options);

}  // namespace millrace::bench
