// The interpreters that the machine has for managed runtimes. Each is asked once what it is, which also tells
// a real one from a shim that only stands for one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "server/functions/isolation/no_command.h"

namespace millrace::functions {

struct InterpreterNames {  // names on the server's PATH, or paths
  std::string python = "python3", node = "node", ruby = "ruby", java = "java";
};

struct Interpreter {
  std::filesystem::path path;
  std::vector<std::filesystem::path> directories;  // that it consists of; some may be the system's
};

// Used on the runner's thread; asks on one of its own.
class Interpreters {
 public:
  // `patience`: how long one has to answer.
  explicit Interpreters(InterpreterNames names, std::chrono::milliseconds patience = std::chrono::seconds(10))
      : names_(std::move(names)), patience_(patience) {}

  // For a managed runtime ("python3.12"): the interpreter of that very version on the PATH (python3.12), else
  // the one that the names give; for java, one of that version or later. What is found is kept; what is not,
  // or does not answer in time, is looked for again at the next call.
  [[nodiscard]] boost::asio::awaitable<boost::system::result<Interpreter, NoCommand>> find(
      std::string runtime);

 private:
  const InterpreterNames names_;
  const std::chrono::milliseconds patience_;
  std::map<std::string, Interpreter> known_;  // by runtime
  boost::asio::thread_pool pool_{1};
};

// The executable that `name` means on the server's PATH; empty when there is none.
[[nodiscard]] std::string find_executable(const std::string& name);

}  // namespace millrace::functions
