// How commands on the same machine reach a running server: a socket in its data directory. A connection is a
// line that asks and a line that answers. The first word of a question is the content of `control.key`, which
// is beside the socket and anew at each start: to connect does not suffice, since Landlock, which keeps
// functions from opening the server's files, does not keep those of the same user from connecting to a
// socket. Each connection has a thread of its own, since a backup takes long.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <string>
#include <thread>

namespace millrace {

class ControlSocket {
 public:
  // What a line is answered with; called on any thread, also while another line is answered. Must not throw.
  using Handler = std::function<std::string(const std::string& line)>;

  // Listens in `data_dir`, in place of what an earlier server left. Throws std::runtime_error.
  ControlSocket(const std::filesystem::path& data_dir, Handler handler);
  // Waits for the answers under way.
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;

  // Asks the server that runs on `data_dir`, and waits for its answer. Throws std::runtime_error when none
  // does.
  [[nodiscard]] static std::string ask(const std::filesystem::path& data_dir, const std::string& line);

 private:
  struct Connection;

  void run();
  void serve(int descriptor);

  const std::filesystem::path path_, key_path_;
  const std::string key_;
  const Handler handler_;
  int listening_ = -1;
  std::list<Connection> connections_;  // thread_ alone, and the destructor behind its end
  std::thread thread_;
};

}  // namespace millrace
