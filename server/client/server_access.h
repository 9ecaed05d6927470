// Where a server is, and as whom a subcommand calls it.
#pragma once

#include <string>

namespace millrace {

struct ServerAccess {
  std::string url = "http://127.0.0.1:4567";
  std::string region = "us-east-1", access_key = "000000000000", secret_key = "millrace";
};

}  // namespace millrace
