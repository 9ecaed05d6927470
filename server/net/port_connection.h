// A connection to the listening port: finds out what the peer speaks, and speaks that. TLS or plain is told
// by the first byte, the HTTP version by ALPN or by HTTP/2's preface.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <memory>

#include "server/net/connection.h"
#include "server/net/deadline.h"
#include "server/net/file_reads.h"
#include "server/net/handler.h"
#include "server/net/memory_budget.h"
#include "server/net/transport.h"

namespace millrace::net {

// What the connections of one port share.
struct PortServices {
  Handler& http1;
  Handler& http2;
  const ConnectionLimits& limits;
  FileReads& files;
  boost::asio::ssl::context* tls;  // nullptr: plain connections only
};

class PortConnection final : public Connection {
 public:
  PortConnection(Transport::Socket socket, const PortServices& services,
                 std::shared_ptr<MemoryBudget::Peer> memory);

  [[nodiscard]] boost::asio::awaitable<void> run() override;
  void stop() override;
  void abort() override;
  void check_deadline(std::chrono::steady_clock::time_point now) override;

 private:
  enum class Protocol { http1, http2 };

  // Reads and shakes hands until the protocol is known; nullopt when the peer does not get that far.
  boost::asio::awaitable<std::optional<Protocol>> find_protocol();
  boost::asio::awaitable<bool> read_more();

  std::unique_ptr<Transport> transport_;  // handed on when the protocol is known
  const PortServices& services_;
  const std::shared_ptr<MemoryBudget::Peer> memory_;
  boost::beast::flat_buffer buffer_;
  Deadline deadline_;
  std::unique_ptr<Connection> connection_;  // which speaks the protocol; nullptr before it is known
};

}  // namespace millrace::net
