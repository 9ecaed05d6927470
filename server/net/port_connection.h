// A connection to the listening port: finds out what the peer speaks, and speaks that. A trusted proxy may
// say first whose connection it passes on; TLS or plain is told by the first byte, the HTTP version by ALPN
// or by HTTP/2's preface.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <memory>

#include "server/net/clients.h"
#include "server/net/connection.h"
#include "server/net/deadline.h"
#include "server/net/file_reads.h"
#include "server/net/handler.h"
#include "server/net/tls_contexts.h"
#include "server/net/transport.h"
#include "server/network.h"
#include "storage/probe.h"

namespace millrace::net {

// What the connections of one port share.
struct PortServices {
  Handler& http1;
  Handler& http2;
  const ConnectionLimits& limits;
  FileReads& files;
  const TlsContexts* tls;  // nullptr: plain connections only
  bool plain;              // whether connections without TLS are served
  Clients& clients;
  const Networks& proxies;  // whose PROXY headers are believed
  Counter& refused;         // connections of addresses that had too many
};

class PortConnection final : public Connection {
 public:
  // `place`: of the peer's address; exchanged for the client's when a proxy names one.
  PortConnection(Transport::Socket socket, const PortServices& services, Clients::Slot place);

  [[nodiscard]] boost::asio::awaitable<void> run() override;
  void stop() override;
  void abort() override;
  void check_deadline(std::chrono::steady_clock::time_point now) override;

 private:
  enum class Protocol { http1, http2 };

  // Reads and shakes hands until the protocol is known; nullopt when the peer does not get that far.
  boost::asio::awaitable<std::optional<Protocol>> find_protocol();
  boost::asio::awaitable<bool> read_more();
  // Reads a trusted proxy's header, if there is one; false when it is wrong, or its client may not connect.
  boost::asio::awaitable<bool> find_client();
  boost::asio::awaitable<void> refuse_plain();
  [[nodiscard]] std::string_view received() const;

  std::unique_ptr<Transport> transport_;  // handed on when the protocol is known
  const PortServices& services_;
  std::optional<Clients::Slot> place_;
  boost::beast::flat_buffer buffer_;
  Deadline deadline_;
  std::unique_ptr<Connection> connection_;  // which speaks the protocol; nullptr before it is known
};

}  // namespace millrace::net
