#include "server/net/clients.h"

#include <algorithm>

#include "server/network.h"

namespace millrace::net {

namespace {

using boost::asio::ip::address;

address whose(const address& given) {
  const address of = unmapped(given);
  if (!of.is_v6()) return of;
  auto bytes = of.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return boost::asio::ip::address_v6(bytes);
}

}  // namespace

std::optional<Clients::Slot> Clients::enter(const address& of) {
  const address key = whose(of);
  const std::lock_guard lock(mutex_);
  Client& client = clients_[key];
  if (client.connections >= most_) return std::nullopt;
  if (++client.connections == 1) client.memory = memory_.peer();
  return std::optional<Slot>(std::in_place, shared_from_this(), key, client.memory);
}

void Clients::leave(const address& key) {
  const std::lock_guard lock(mutex_);
  const auto at = clients_.find(key);
  // What its requests still hold counts for the whole, and for nobody any more.
  if (--at->second.connections == 0) clients_.erase(at);
}

}  // namespace millrace::net
