// Which addresses a request that a client has named the target of may go to.
#pragma once

#include <vector>

#include "api/core/authority.h"
#include "server/network.h"

namespace millrace::delivery {

// Public addresses, and those of the networks that the configuration allows. Loopback, link-local (the
// metadata services of clouds among them), private, multicast and reserved ones are not public. An IPv6
// address that carries an IPv4 one is judged by that. Source: IANA's special-purpose address registries (RFC
// 6890).
class AddressPolicy {
 public:
  explicit AddressPolicy(std::vector<Network> allowed) : allowed_(std::move(allowed)) {}

  [[nodiscard]] bool allows(const boost::asio::ip::address& address) const;
  // Whether a host may be named before it is known to which address it leads. Private names lead to addresses
  // that are not public: loopback names are refused unless a loopback address is allowed, and others unless
  // any network is.
  [[nodiscard]] bool allows(const Authority& host) const;

 private:
  const std::vector<Network> allowed_;
};

}  // namespace millrace::delivery
