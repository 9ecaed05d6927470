// Completes a coroutine that waits on one executor from a thread of an engine.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace millrace::storage {

// Resumes one waiting caller on the caller's executor, and keeps that executor running until then. Call it
// exactly once, from any thread.
template <class T>
class Completion {
 public:
  template <class Handler>
  explicit Completion(Handler handler) : caller_(std::make_unique<Held<Handler>>(std::move(handler))) {}

  void operator()(T value) { std::exchange(caller_, nullptr)->resume(std::move(value)); }

 private:
  struct Caller {
    virtual ~Caller() = default;
    virtual void resume(T value) = 0;
  };
  template <class Handler>
  struct Held final : Caller {
    using Executor = boost::asio::associated_executor_t<Handler>;
    explicit Held(Handler h)
        : handler(std::move(h)),
          executor(boost::asio::prefer(boost::asio::get_associated_executor(handler),
                                       boost::asio::execution::outstanding_work.tracked)) {}
    void resume(T value) override {
      boost::asio::post(
          executor, [h = std::move(handler), v = std::move(value)]() mutable { std::move(h)(std::move(v)); });
    }
    Handler handler;
    std::decay_t<decltype(boost::asio::prefer(std::declval<Executor>(),
                                              boost::asio::execution::outstanding_work.tracked))>
        executor;
  };
  std::unique_ptr<Caller> caller_;
};

// Calls `start(Completion<T>)` and waits for the completion.
template <class T, class Start>
boost::asio::awaitable<T> completion_of(Start start) {
  auto initiate = [](auto handler, Start s) { s(Completion<T>(std::move(handler))); };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(T)>(
      initiate, boost::asio::use_awaitable, std::move(start));
}

}  // namespace millrace::storage
