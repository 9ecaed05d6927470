#include "server/backup/control_socket.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "api/core/digest.h"
#include "storage/base/files.h"

namespace millrace {

namespace {

constexpr const char *kName = "control.sock", *kKeyName = "control.key";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kLongestOrder = 8192, kLongestAnswer = 64 << 20;
// More at a time are turned away.
constexpr std::size_t kMaxConnections = 16;

using Descriptor = storage::File;

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
std::string read_line(int descriptor, std::size_t longest) {
  std::string line;
  char piece[4096];
  while (line.size() < longest) {
    const ssize_t n = ::read(descriptor, piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    line.append(piece, static_cast<std::size_t>(n));
    // Nothing follows the one line.
    if (const std::size_t end = line.find('\n', line.size() - static_cast<std::size_t>(n));
        end != std::string::npos)
      return line.substr(0, end);
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

// A directory in the place of a file that each start makes anew is somebody else's, and is not removed.
void check_no_directory(const std::filesystem::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode))
    throw std::runtime_error(path.string() +
                             " is a directory, and the server needs a file of that name. Move or remove the "
                             "directory, and start the server again.");
}

std::string make_key(const std::filesystem::path& path) {
  check_no_directory(path);
  std::string bytes(kKeyBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(kKeyBytes)) != 1)
    throw std::runtime_error("cannot get random bytes for " + path.string());
  std::string key = hex(bytes);
  if (const auto written = storage::write_file(path, key, storage::Durable::no); !written)
    throw std::runtime_error("cannot write " + written.error().detail);
  return key;
}

std::string read_key(const std::filesystem::path& path) {
  auto key = storage::read_file(path);
  if (!key) throw std::runtime_error("cannot read " + key.error().detail);
  return std::move(*key);
}

// What follows the key and a blank; empty if it is not the key.
std::string behind_key(const std::string& line, const std::string& key) {
  if (line.size() <= key.size() + 1 || line[key.size()] != ' ' ||
      CRYPTO_memcmp(line.data(), key.data(), key.size()) != 0)
    return {};
  return line.substr(key.size() + 1);
}

}  // namespace

struct ControlSocket::Connection {
  explicit Connection(int descriptor) : peer(descriptor) {}
  const Descriptor peer;
  std::atomic<bool> done = false;
  std::thread thread;
};

ControlSocket::ControlSocket(const std::filesystem::path& data_dir, Handler handler)
    : path_(data_dir / kName),
      key_path_(data_dir / kKeyName),
      key_(make_key(key_path_)),
      handler_(std::move(handler)) {
  const Descriptor directory(::open(data_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Descriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (directory.get() < 0 || listening.get() < 0) throw problem(path_);
  check_no_directory(path_);
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
  for (Connection& c : connections_) {
    ::shutdown(c.peer.get(), SHUT_RD);  // who has said nothing yet says nothing any more
    c.thread.join();
  }
  ::close(listening_);
  ::unlink(path_.c_str());
  ::unlink(key_path_.c_str());
}

void ControlSocket::run() {
  for (;;) {
    Descriptor peer(::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC));
    if (peer.get() < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (peer.get() < 0) return;
    connections_.remove_if([](Connection& c) {
      const bool done = c.done;
      if (done) c.thread.join();
      return done;
    });
    if (connections_.size() >= kMaxConnections) continue;
    Connection& c = connections_.emplace_back(peer.release());
    c.thread = std::thread([this, &c] {
      serve(c.peer.get());
      c.done = true;
    });
  }
}

void ControlSocket::serve(int peer) {
  const timeval patience{5, 0};  // for the line, so that one who says nothing does not keep the others out
  ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (const std::string line = behind_key(read_line(peer, kLongestOrder), key_); !line.empty())
    (void)write_line(peer, handler_(line));
  ::shutdown(peer, SHUT_RDWR);
}

std::string ControlSocket::ask(const std::filesystem::path& data_dir, const std::string& line) {
  const Descriptor directory(::open(data_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) throw problem(data_dir);
  const Descriptor server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_in(directory);
  if (server.get() < 0 ||
      ::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no server is running on " + data_dir.string() + " (" + std::strerror(errno) +
                             ")");
  const std::string question = read_key(data_dir / kKeyName) + " " + line;
  const std::string answer =
      write_line(server.get(), question) ? read_line(server.get(), kLongestAnswer) : "";
  if (answer.empty())
    throw std::runtime_error("the server on " + data_dir.string() + " closed the connection");
  return answer;
}

}  // namespace millrace
