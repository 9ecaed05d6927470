// chmod by path for workers that Landlock restricts. Landlock has no say in modes, and these workers are the
// server's own user, whose files they could lock; so the kernel holds such a call (seccomp_unotify(2)) until
// the server has made the change itself, below the worker's scratch directory and nowhere else.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <filesystem>
#include <memory>
#include <thread>

namespace millrace::functions {

// Has a thread of its own, on which it follows the paths that functions name.
class ModeChanges {
 public:
  ModeChanges();
  ~ModeChanges();
  ModeChanges(const ModeChanges&) = delete;

  // Answers the calls that `listener` reports until the last process under its filter has ended. Takes the
  // descriptor over. `scratch`: an absolute path without symbolic links.
  void serve(int listener, std::filesystem::path scratch);

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace millrace::functions
