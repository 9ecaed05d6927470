#include "server/delivery/address_policy.h"

#include <algorithm>

namespace millrace::delivery {

namespace ip = boost::asio::ip;

namespace {

constexpr const char* kNotPublic[] = {
    "0.0.0.0/8",    "10.0.0.0/8",   "100.64.0.0/10",  "127.0.0.0/8",   "169.254.0.0/16",  "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4",  "240.0.0.0/4",  "::/127",         "100::/64",      "2001::/23",       "2001:db8::/32",
    "fc00::/7",     "fe80::/10",    "fec0::/10",      "ff00::/8"};

// The IPv4 address that reaches the same: mapped (::ffff:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96,
// 64:ff9b:1::/48), 6to4 (2002::/16).
ip::address without_v6(const ip::address& address) {
  if (!address.is_v6()) return address;
  const auto b = address.to_v6().to_bytes();
  const auto v4_at = [&b](std::size_t at) {
    return ip::address(ip::address_v4({b[at], b[at + 1], b[at + 2], b[at + 3]}));
  };
  const auto begins = [&b](std::initializer_list<unsigned char> head) {
    return std::equal(head.begin(), head.end(), b.begin());
  };
  const bool zeros = std::all_of(b.begin(), b.begin() + 10, [](unsigned char c) { return c == 0; });
  const bool mapped = b[10] == 0xff && b[11] == 0xff, compatible = b[10] == 0 && b[11] == 0;
  if (zeros && (mapped || (compatible && (b[12] | b[13] | b[14]) != 0))) return v4_at(12);
  if (begins({0, 0x64, 0xff, 0x9b})) return v4_at(12);
  if (begins({0x20, 0x02})) return v4_at(2);
  return address;
}

const std::vector<Network>& not_public() {
  static const std::vector<Network> all = [] {
    std::vector<Network> out;
    for (const char* text : kNotPublic) out.push_back(parse_network(text).value());
    return out;
  }();
  return all;
}

bool any_contains(const std::vector<Network>& networks, const ip::address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& n) { return contains(n, address); });
}

}  // namespace

bool AddressPolicy::allows(const ip::address& given) const {
  const ip::address address = without_v6(given);
  return any_contains(allowed_, given) || any_contains(allowed_, address) ||
         !any_contains(not_public(), address);
}

bool AddressPolicy::allows(const Authority& host) const {
  if (host.is_address) return allows(ip::make_address(host.host));
  if (host.is_loopback()) return allows(ip::address_v4::loopback()) || allows(ip::address_v6::loopback());
  return !host.is_private_name() || !allowed_.empty();
}

}  // namespace millrace::delivery
