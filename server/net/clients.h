// The addresses that are connected: how many connections each has, and its share of the memory.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <map>
#include <memory>
#include <mutex>

#include "server/net/memory_budget.h"

namespace millrace::net {

// Safe from any thread. Shared with the places.
class Clients : public std::enable_shared_from_this<Clients> {
 public:
  // `most`: connections of one address.
  Clients(MemoryBudget memory, unsigned most) : memory_(std::move(memory)), most_(most) {}

  // A connection, counted for its address until this is destroyed.
  class Slot {
   public:
    Slot(std::shared_ptr<Clients> clients, boost::asio::ip::address address,
         std::shared_ptr<MemoryBudget::Peer> memory)
        : clients_(std::move(clients)), address_(address), memory_(std::move(memory)) {}
    Slot(Slot&&) = default;
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (clients_) clients_->leave(address_);
    }
    [[nodiscard]] const std::shared_ptr<MemoryBudget::Peer>& memory() const { return memory_; }

   private:
    std::shared_ptr<Clients> clients_;
    const boost::asio::ip::address address_;
    std::shared_ptr<MemoryBudget::Peer> memory_;
  };

  // nullopt: the address has all that it may have. Of IPv6, a /64 is one address: it is what one client has.
  [[nodiscard]] std::optional<Slot> enter(const boost::asio::ip::address& address);

 private:
  struct Client {
    unsigned connections = 0;
    std::shared_ptr<MemoryBudget::Peer> memory;
  };
  void leave(const boost::asio::ip::address& address);

  const MemoryBudget memory_;
  const unsigned most_;
  std::mutex mutex_;
  std::map<boost::asio::ip::address, Client> clients_;  // guarded by the mutex
};

}  // namespace millrace::net
