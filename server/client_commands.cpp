#include "server/client_commands.h"

#include <boost/asio.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "server/address.h"

namespace millrace {

namespace asio = boost::asio;

int check_health(const Config& config) {
  Address address = parse_address(config.listen);
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  asio::ip::tcp::iostream stream;
  stream.expires_after(std::chrono::seconds(5));
  stream.connect(address.host, std::to_string(address.port));
  stream << "GET /health/ready HTTP/1.1\r\nHost: " << address.host << "\r\nConnection: close\r\n\r\n"
         << std::flush;
  std::string version;
  unsigned status = 0;
  if (!(stream >> version >> status)) {
    std::fprintf(stderr, "millrace: no answer from %s: %s\n", config.listen.c_str(),
                 stream.error().message().c_str());
    return 1;
  }
  if (status == 200) return 0;
  std::fprintf(stderr, "millrace: %s is not ready (status %u)\n", config.listen.c_str(), status);
  return 1;
}

int print_function_log(const CommandLine& line) {
  const std::filesystem::path base = std::filesystem::path(line.config.data_dir) / "functions" / "logs" /
                                     line.account / line.config.region / (line.function + ".log");
  bool any = false;
  for (const char* suffix : {".1", ""}) {
    std::ifstream file(base.string() + suffix, std::ios::binary);
    if (!file) continue;
    any = true;
    if (file.peek() != std::ifstream::traits_type::eof()) std::cout << file.rdbuf();
  }
  if (any) return 0;
  std::fprintf(stderr, "millrace: function %s has written nothing, or is not in %s (account %s, region %s)\n",
               line.function.c_str(), line.config.data_dir.c_str(), line.account.c_str(),
               line.config.region.c_str());
  return 1;
}

}  // namespace millrace
