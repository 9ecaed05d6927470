#include "server/functions/peer_user.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

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

}  // namespace

std::optional<uid_t> peer_user(const tcp::socket& socket) {
  boost::system::error_code failed, failed_too;
  const tcp::endpoint there = socket.remote_endpoint(failed), here = socket.local_endpoint(failed_too);
  if (failed || failed_too || !there.address().is_v4()) return std::nullopt;
  const int kernel = ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (kernel < 0) return std::nullopt;
  const Question question = question_for(there, here);
  char answer[512];
  ssize_t n = -1;
  if (::send(kernel, &question, sizeof question, 0) == sizeof question)
    n = ::recv(kernel, answer, sizeof answer, 0);  // the kernel answers at once
  ::close(kernel);
  nlmsghdr header;
  inet_diag_msg message;
  if (n < static_cast<ssize_t>(NLMSG_LENGTH(sizeof message))) return std::nullopt;
  std::memcpy(&header, answer, sizeof header);
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
  std::memcpy(&message, answer + NLMSG_HDRLEN, sizeof message);
  return message.idiag_uid;
}

}  // namespace millrace::functions
