#include "server/network.h"

#include <algorithm>
#include <stdexcept>

namespace millrace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

std::optional<Network> parse_network(const std::string& text) {
  error_code failed;
  if (text.find('/') == text.npos) {
    const ip::address address = ip::make_address(text, failed);
    if (failed) return std::nullopt;
    if (address.is_v4()) return ip::network_v4(address.to_v4(), 32);
    return ip::network_v6(address.to_v6(), 128);
  }
  const ip::network_v4 v4 = ip::make_network_v4(text, failed);
  if (!failed) return v4;
  const ip::network_v6 v6 = ip::make_network_v6(text, failed);
  if (!failed) return v6;
  return std::nullopt;
}

bool contains(const Network& network, const ip::address& address) {
  if (const auto* v4 = std::get_if<ip::network_v4>(&network))
    return address.is_v4() &&
           ip::network_v4(address.to_v4(), v4->prefix_length()).canonical() == v4->canonical();
  const auto& v6 = std::get<ip::network_v6>(network);
  return address.is_v6() &&
         ip::network_v6(ip::address_v6(address.to_v6().to_bytes()), v6.prefix_length()).canonical() ==
             v6.canonical();
}

ip::address unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

Networks::Networks(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const auto network = parse_network(text);
    if (!network) throw std::invalid_argument("\"" + text + "\" is not a network such as 10.0.0.0/8");
    networks_.push_back(*network);
  }
}

bool Networks::contains(const ip::address& address) const {
  if (networks_.empty()) return false;
  const ip::address plain = unmapped(address);
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const Network& n) { return millrace::contains(n, plain); });
}

}  // namespace millrace
