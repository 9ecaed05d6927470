// One wait() for a shard to grow, until a deadline, a commit, the shard's end or a cancellation.
#pragma once

#include <atomic>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "storage/completion.h"
#include "storage/local/tail.h"

namespace millrace::storage {

// Kept alive by its timer, the shard's list and the completion that is under way. The caller's handler, the
// timer after its start and the cancellation slot are touched on the caller's executor only.
template <class Handler>
class Wait final : public Waiter, public std::enable_shared_from_this<Wait<Handler>> {
 public:
  Wait(std::shared_ptr<Shard> shard, Index from, Handler handler)
      : Waiter(from),
        shard_(std::move(shard)),
        executor_(boost::asio::prefer(boost::asio::get_associated_executor(handler),
                                      boost::asio::execution::outstanding_work.tracked)),
        slot_(boost::asio::get_associated_cancellation_slot(handler)),
        timer_(boost::asio::get_associated_executor(handler)),
        handler_(std::move(handler)) {}

  void start(std::chrono::steady_clock::time_point deadline) {
    const std::shared_ptr<Wait> self = this->shared_from_this();
    if (slot_.is_connected()) {
      slot_.assign([weak = std::weak_ptr(self)](boost::asio::cancellation_type) {
        if (const auto wait = weak.lock()) wait->finish(false);
      });
    }
    timer_.expires_at(deadline);
    timer_.async_wait([self](const boost::system::error_code& cancelled) {
      if (!cancelled) self->finish(false);
    });
    shard_->add(self);
  }

  [[nodiscard]] bool finished() const override { return finished_.load(); }

  void finish(Result<bool> result) override {
    if (finished_.exchange(true)) return;
    boost::asio::post(executor_, [self = this->shared_from_this(), r = std::move(result)]() mutable {
      self->timer_.cancel();
      if (self->slot_.is_connected()) self->slot_.clear();
      self->shard_->forget(self.get());
      Handler handler = std::move(*self->handler_);
      self->handler_.reset();
      self.reset();
      std::move(handler)(std::move(r));
    });
  }

 private:
  using Executor = boost::asio::associated_executor_t<Handler>;

  const std::shared_ptr<Shard> shard_;
  std::decay_t<decltype(boost::asio::prefer(std::declval<Executor>(),
                                            boost::asio::execution::outstanding_work.tracked))>
      executor_;
  boost::asio::associated_cancellation_slot_t<Handler> slot_;
  boost::asio::steady_timer timer_;
  std::optional<Handler> handler_;
  std::atomic<bool> finished_ = false;
};

// Completes with false when it is cancelled, too.
inline boost::asio::awaitable<Result<bool>> wait_for(std::shared_ptr<Shard> shard, Index from,
                                                     std::chrono::steady_clock::time_point deadline) {
  auto initiate = [](auto handler, std::shared_ptr<Shard> s, Index i,
                     std::chrono::steady_clock::time_point until) {
    using Handler = decltype(handler);
    std::make_shared<Wait<Handler>>(std::move(s), i, std::move(handler))->start(until);
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Result<bool>)>(
      initiate, boost::asio::use_awaitable, std::move(shard), from, deadline);
}

}  // namespace millrace::storage
