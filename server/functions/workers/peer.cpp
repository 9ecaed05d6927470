#include "server/functions/workers/peer.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace millrace::functions {

using boost::asio::ip::tcp;

namespace {

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

// The kernel's entry of the socket that has `from` as its own address and `to` as the other.
Question question_for(const tcp::endpoint& from, const tcp::endpoint& to) {
  Question q{};
  q.header.nlmsg_len = sizeof q;
  q.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  q.header.nlmsg_flags = NLM_F_REQUEST;
  q.body.sdiag_family = AF_INET;
  q.body.sdiag_protocol = IPPROTO_TCP;
  q.body.idiag_states = ~0u;
  q.body.id.idiag_sport = htons(from.port());
  q.body.id.idiag_dport = htons(to.port());
  q.body.id.idiag_src[0] = htonl(from.address().to_v4().to_uint());
  q.body.id.idiag_dst[0] = htonl(to.address().to_v4().to_uint());
  q.body.id.idiag_cookie[0] = q.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return q;
}

// What a socket of the kind that is asked for answers: the peer, that there is none, or nothing at all.
struct Answer {
  bool known = false;  // the kernel has said something
  std::optional<Peer> peer;
};

Answer ask_kernel(const tcp::endpoint& there, const tcp::endpoint& here) {
  const int kernel = ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (kernel < 0) return {};
  const Question question = question_for(there, here);
  char bytes[512];
  ssize_t n = -1;
  if (::send(kernel, &question, sizeof question, 0) == sizeof question)
    n = ::recv(kernel, bytes, sizeof bytes, 0);  // the kernel answers at once
  ::close(kernel);
  nlmsghdr header;
  if (n < static_cast<ssize_t>(sizeof header)) return {};
  std::memcpy(&header, bytes, sizeof header);
  if (nlmsgerr failure;
      header.nlmsg_type == NLMSG_ERROR && n >= static_cast<ssize_t>(NLMSG_LENGTH(sizeof failure))) {
    std::memcpy(&failure, bytes + NLMSG_HDRLEN, sizeof failure);
    return {failure.error == -ENOENT, std::nullopt};
  }
  inet_diag_msg message;
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || n < static_cast<ssize_t>(NLMSG_LENGTH(sizeof message)))
    return {};
  std::memcpy(&message, bytes + NLMSG_HDRLEN, sizeof message);
  return {true, Peer{message.idiag_uid, message.idiag_inode}};
}

// Lines "   0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 123456
// ...": number, own address, other address, state, queues, timer, retransmits, user, timeout, inode.
std::optional<Peer> look_up(const tcp::endpoint& there, const tcp::endpoint& here) {
  const std::unique_ptr<FILE, int (*)(FILE*)> table(std::fopen("/proc/self/net/tcp", "re"), std::fclose);
  char line[512];
  while (table && std::fgets(line, sizeof line, table.get())) {
    unsigned own = 0, own_port = 0, other = 0, other_port = 0, user = 0;
    unsigned long inode = 0;
    if (std::sscanf(line, "%*d: %x:%x %x:%x %*x %*x:%*x %*x:%*x %*x %u %*d %lu", &own, &own_port, &other,
                    &other_port, &user, &inode) == 6 &&
        own_port == there.port() && other_port == here.port() &&
        own == htonl(there.address().to_v4().to_uint()) && other == htonl(here.address().to_v4().to_uint()))
      return Peer{user, inode};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Peer> peer_of(const tcp::socket& socket) {
  boost::system::error_code failed, failed_too;
  const tcp::endpoint there = socket.remote_endpoint(failed), here = socket.local_endpoint(failed_too);
  if (failed || failed_too || !there.address().is_v4()) return std::nullopt;
  const Answer answer = ask_kernel(there, here);
  return answer.known ? answer.peer : look_up(there, here);
}

std::optional<bool> has_socket(pid_t process, ino_t inode) {
  const std::string path = "/proc/" + std::to_string(process) + "/fd";
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(path.c_str()), ::closedir);
  if (!open) return std::nullopt;
  const std::string wanted = "socket:[" + std::to_string(inode) + "]";
  while (const dirent* entry = ::readdir(open.get())) {
    char target[64];
    const ssize_t n = ::readlinkat(::dirfd(open.get()), entry->d_name, target, sizeof target);
    if (n > 0 && std::string_view(target, static_cast<std::size_t>(n)) == wanted) return true;
  }
  return false;
}

}  // namespace millrace::functions
