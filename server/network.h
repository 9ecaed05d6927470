// Networks of addresses, as settings name them.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace millrace {

using Network = std::variant<boost::asio::ip::network_v4, boost::asio::ip::network_v6>;

// "10.0.0.0/8", "fd00::/8", or an address, which is a network of its own. nullopt: neither.
[[nodiscard]] std::optional<Network> parse_network(const std::string& text);

// Of the same family, and with the network's prefix.
[[nodiscard]] bool contains(const Network& network, const boost::asio::ip::address& address);

// The address; an IPv4 address in IPv6's form (::ffff:10.0.0.1) as itself.
[[nodiscard]] boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

// What a setting that lists networks says.
class Networks {
 public:
  Networks() = default;
  // Throws std::invalid_argument, naming the text, for what is no network.
  explicit Networks(const std::vector<std::string>& texts);

  [[nodiscard]] bool empty() const { return networks_.empty(); }
  // An IPv4 address in IPv6's form counts as itself.
  [[nodiscard]] bool contains(const boost::asio::ip::address& address) const;

 private:
  std::vector<Network> networks_;
};

}  // namespace millrace
