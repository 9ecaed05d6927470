// How commands on the same machine reach a running server: a socket in its data directory, which whoever may
// write there can use, and nobody else. A connection is a line that asks and a line that answers.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <thread>

namespace millrace {

class ControlSocket {
 public:
  // What a line is answered with; called on the socket's thread, one at a time.
  using Handler = std::function<std::string(const std::string& line)>;

  // Listens in `data_dir`, in place of what an earlier server left. Throws std::runtime_error.
  ControlSocket(const std::filesystem::path& data_dir, Handler handler);
  // Waits for the answer under way.
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;

  // Asks the server that runs on `data_dir`, and waits for its answer. Throws std::runtime_error when none
  // does.
  [[nodiscard]] static std::string ask(const std::filesystem::path& data_dir, const std::string& line);

 private:
  void run();

  const std::filesystem::path path_;
  const Handler handler_;
  int listening_ = -1;
  std::thread thread_;
};

}  // namespace millrace
