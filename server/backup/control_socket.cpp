#include "server/backup/control_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace millrace {

namespace {

constexpr const char* kName = "control.sock";
constexpr std::size_t kLongestLine = 8192;

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

// The address has room for 107 characters, and data directories may be deeper: it goes by the directory's
// descriptor, which must stay open while it is used.
sockaddr_un address_in(const Descriptor& directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(directory.get()) + "/" + kName;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

// Up to the end of line, which is left out; empty when the peer goes away before.
std::string read_line(int descriptor) {
  std::string line;
  char c = 0;
  while (line.size() < kLongestLine) {
    const ssize_t n = ::read(descriptor, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    if (c == '\n') return line;
    line += c;
  }
  return {};
}

bool write_line(int descriptor, std::string line) {
  line += '\n';
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t n = ::send(descriptor, left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::runtime_error problem(const std::filesystem::path& path) {
  return std::runtime_error(path.string() + ": " + std::strerror(errno));
}

}  // namespace

ControlSocket::ControlSocket(const std::filesystem::path& data_dir, Handler handler)
    : path_(data_dir / kName), handler_(std::move(handler)) {
  const Descriptor directory(::open(data_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Descriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (directory.get() < 0 || listening.get() < 0) throw problem(path_);
  ::unlink(path_.c_str());
  const sockaddr_un address = address_in(directory);
  // Nobody else may connect, not even before the mode is set.
  if (::fchmod(listening.get(), 0600) != 0 ||
      ::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path_.c_str(), 0600) != 0 || ::listen(listening.get(), 4) != 0)
    throw problem(path_);
  listening_ = listening.release();
  thread_ = std::thread([this] { run(); });
}

ControlSocket::~ControlSocket() {
  ::shutdown(listening_, SHUT_RDWR);
  thread_.join();
  ::close(listening_);
  ::unlink(path_.c_str());
}

void ControlSocket::run() {
  for (;;) {
    const Descriptor peer(::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC));
    if (peer.get() < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (peer.get() < 0) return;
    const timeval patience{5, 0};  // for the line, so that one who says nothing does not keep the others out
    ::setsockopt(peer.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (const std::string line = read_line(peer.get()); !line.empty())
      (void)write_line(peer.get(), handler_(line));
  }
}

std::string ControlSocket::ask(const std::filesystem::path& data_dir, const std::string& line) {
  const Descriptor directory(::open(data_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) throw problem(data_dir);
  const Descriptor server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_in(directory);
  if (server.get() < 0 ||
      ::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no server runs on " + data_dir.string() + " (" + std::strerror(errno) + ")");
  const std::string answer = write_line(server.get(), line) ? read_line(server.get()) : "";
  if (answer.empty()) throw std::runtime_error("the server on " + data_dir.string() + " went away");
  return answer;
}

}  // namespace millrace
