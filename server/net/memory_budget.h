// How much memory the requests on one io_context and their answers may take. It is reserved before a body is
// read and before a large answer is made, so that many big requests queue instead of killing the server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace millrace::net {

// Used on its io_context alone.
class MemoryBudget {
  class Share;

 public:
  // Shares, so that nobody waits for another kind: small bodies (of kSmallBody bytes at most) have a
  // sixteenth, large ones three eighths, answers the half. The rest is for bytes that come before a body has
  // its memory.
  enum class Use { body, answer };
  static constexpr std::uint64_t kSmallBody = 64 << 10;

  MemoryBudget(boost::asio::io_context& context, std::uint64_t bytes);

  class Reservation {
   public:
    Reservation() = default;
    Reservation(std::shared_ptr<Share> share, std::uint64_t bytes)
        : share_(std::move(share)), bytes_(bytes) {}
    Reservation(Reservation&& other) noexcept { *this = std::move(other); }
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(share_, other.share_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Reservation() { shrink_to(0); }

    // Gives back what is above `bytes`.
    void shrink_to(std::uint64_t bytes);

   private:
    std::shared_ptr<Share> share_;  // shared, since a request may outlive the server that it came to
    std::uint64_t bytes_ = 0;
  };

  // Completes when `bytes` are free and nobody waits who came before; nullopt when that is not so at the
  // deadline. More than there is in all gets all of it; nothing is had at once.
  [[nodiscard]] boost::asio::awaitable<std::optional<Reservation>> reserve(
      Use use, std::uint64_t bytes, std::chrono::steady_clock::time_point deadline);

  // For bytes that are there already, while their body waits for its memory; nullopt when there is none.
  [[nodiscard]] std::optional<Reservation> hold_early(std::uint64_t bytes);

 private:
  const std::shared_ptr<Share> small_, large_, answers_, early_;
};

// What a request may take until it is answered.
struct RequestMemory {
  MemoryBudget::Reservation body, answer;

  // When it is answered with `bytes`: an error may hold much of what was sent.
  void shrink_to(std::uint64_t bytes) {
    body.shrink_to(bytes);
    answer.shrink_to(bytes);
  }
};

}  // namespace millrace::net
