// Blocking or long work for a coroutine: it runs on a thread of a pool, and the caller resumes on its own
// executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>

namespace millrace {

// The part of on_pool that does not depend on the type of the work, so that it is compiled only once.
class PoolWork {
 public:
  virtual ~PoolWork() = default;
  virtual void run() noexcept = 0;
};
// Returns when `work` has run on a thread of the pool.
[[nodiscard]] boost::asio::awaitable<void> run_on_pool(boost::asio::thread_pool& pool,
                                                       std::shared_ptr<PoolWork> work);

template <class Work>
class TypedPoolWork final : public PoolWork {
 public:
  explicit TypedPoolWork(Work work) : work_(std::move(work)) {}

  void run() noexcept override {
    try {
      value_.emplace((*work_)());
    } catch (...) {
      error_ = std::current_exception();
    }
    work_.reset();  // on the pool's thread too: what it holds can be slow to release
  }
  [[nodiscard]] std::invoke_result_t<Work&> take() {
    if (error_) std::rethrow_exception(error_);
    return std::move(*value_);
  }

 private:
  std::optional<Work> work_;
  std::optional<std::invoke_result_t<Work&>> value_;
  std::exception_ptr error_;
};

// Returns what `work` returns (not void), and throws what it throws.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> on_pool(boost::asio::thread_pool& pool, Work work) {
  // Shared with the pool: if the server stops, the caller can be gone before the work ends.
  const auto typed = std::make_shared<TypedPoolWork<Work>>(std::move(work));
  co_await run_on_pool(pool, typed);
  co_return typed->take();
}

}  // namespace millrace
