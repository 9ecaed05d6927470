#include "server/functions/isolation/socket_memory.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace millrace::functions {

namespace {

constexpr std::size_t kAnswerBytes = 32 << 10;  // of one read; the kernel splits its tables

template <class Body>
struct Question {
  nlmsghdr header;
  Body body;
};

template <class Body>
bool ask(int kernel, const Body& body) {
  Question<Body> q{};
  q.header.nlmsg_len = sizeof q;
  q.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  q.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  q.body = body;
  return ::send(kernel, &q, sizeof q, 0) == static_cast<ssize_t>(sizeof q);
}

// Of the attributes behind an entry, the one with the memory.
std::uint64_t memory_in(const char* at, std::size_t size, unsigned short wanted) {
  while (size >= sizeof(rtattr)) {
    rtattr head;
    std::memcpy(&head, at, sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > size) return 0;
    if (head.rta_type == wanted && head.rta_len >= RTA_LENGTH(sizeof(std::uint32_t) * SK_MEMINFO_VARS)) {
      std::uint32_t of[SK_MEMINFO_VARS];
      std::memcpy(of, at + RTA_LENGTH(0), sizeof of);
      return std::uint64_t{of[SK_MEMINFO_RMEM_ALLOC]} + of[SK_MEMINFO_BACKLOG] +
             std::max(of[SK_MEMINFO_WMEM_ALLOC], of[SK_MEMINFO_WMEM_QUEUED]);
    }
    const std::size_t step = std::min<std::size_t>(RTA_ALIGN(head.rta_len), size);
    at += step;
    size -= step;
  }
  return 0;
}

// Reads the table that was asked for. `Entry` is what each socket's message begins with.
template <class Entry, class Inode>
std::uint64_t sum(int kernel, const std::set<ino_t>& inodes, Inode inode, unsigned short attribute) {
  std::uint64_t out = 0;
  std::vector<char> bytes(kAnswerBytes);
  for (;;) {
    const ssize_t n = ::recv(kernel, bytes.data(), bytes.size(), 0);  // the kernel answers at once
    if (n <= 0) return out;
    const char* at = bytes.data();
    for (auto left = static_cast<std::size_t>(n); left >= sizeof(nlmsghdr);) {
      nlmsghdr header;
      std::memcpy(&header, at, sizeof header);
      if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) return out;
      if (header.nlmsg_len < NLMSG_LENGTH(sizeof(Entry)) || header.nlmsg_len > left) return out;
      Entry entry;
      std::memcpy(&entry, at + NLMSG_HDRLEN, sizeof entry);
      if (inodes.contains(inode(entry)))
        out += memory_in(at + NLMSG_LENGTH(sizeof entry), header.nlmsg_len - NLMSG_LENGTH(sizeof entry),
                         attribute);
      const std::size_t step = std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), left);
      at += step;
      left -= step;
    }
  }
}

}  // namespace

std::uint64_t memory_of_sockets(const std::set<ino_t>& inodes) {
  const int kernel = ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (kernel < 0) return 0;
  std::uint64_t out = 0;
  unix_diag_req local{};
  local.sdiag_family = AF_UNIX;
  local.udiag_states = ~0u;
  local.udiag_show = UDIAG_SHOW_MEMINFO;
  if (ask(kernel, local))
    out += sum<unix_diag_msg>(
        kernel, inodes, [](const unix_diag_msg& m) { return ino_t{m.udiag_ino}; }, UNIX_DIAG_MEMINFO);
  for (const unsigned char family : {AF_INET, AF_INET6}) {
    inet_diag_req_v2 tcp{};
    tcp.sdiag_family = family;
    tcp.sdiag_protocol = IPPROTO_TCP;
    tcp.idiag_states = ~0u;
    tcp.idiag_ext = 1u << (INET_DIAG_SKMEMINFO - 1);
    if (ask(kernel, tcp))
      out += sum<inet_diag_msg>(
          kernel, inodes, [](const inet_diag_msg& m) { return ino_t{m.idiag_inode}; }, INET_DIAG_SKMEMINFO);
  }
  ::close(kernel);
  return out;
}

}  // namespace millrace::functions
