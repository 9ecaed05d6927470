// Which addresses a request that a client has named the target of may go to.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/core/authority.h"

namespace millrace::delivery {

using Network = std::variant<boost::asio::ip::network_v4, boost::asio::ip::network_v6>;

// "10.0.0.0/8", "fd00::/8", or an address, which is a network of its own. nullopt: neither.
[[nodiscard]] std::optional<Network> parse_network(const std::string& text);

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
