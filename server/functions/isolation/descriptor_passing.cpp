#include "server/functions/isolation/descriptor_passing.h"

#include <sys/socket.h>

#include <cerrno>

namespace millrace::functions {

namespace {

struct Message {
  char byte = 0;
  iovec text{&byte, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr head{};
};

[[clang::no_sanitize("address", "thread", "undefined")]] void arrange(Message& m) {
  m.head.msg_iov = &m.text;
  m.head.msg_iovlen = 1;
  m.head.msg_control = m.room;
  m.head.msg_controllen = sizeof m.room;
}

}  // namespace

[[clang::no_sanitize("address", "thread", "undefined")]] int send_descriptor(int socket, int descriptor) {
  Message m;
  arrange(m);
  cmsghdr* const rights = CMSG_FIRSTHDR(&m.head);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof descriptor);
  __builtin_memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  return ::sendmsg(socket, &m.head, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

int receive_descriptor(int socket) {
  Message m;
  arrange(m);
  if (::recvmsg(socket, &m.head, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1) return -1;
  int descriptor = -1;
  const cmsghdr* const rights = CMSG_FIRSTHDR(&m.head);
  if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS)
    __builtin_memcpy(&descriptor, CMSG_DATA(rights), sizeof descriptor);
  return descriptor;
}

}  // namespace millrace::functions
