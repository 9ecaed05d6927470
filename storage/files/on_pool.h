// Blocking work for a coroutine: it runs on a pool's thread, the caller goes on on its own executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <type_traits>

#include "storage/completion.h"

namespace millrace::storage {

// `work` does not throw and answers a Result.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> on_pool(boost::asio::thread_pool& pool, Work work) {
  using Answer = std::invoke_result_t<Work&>;
  auto start = [&pool, todo = std::move(work)](Completion<Answer> done) mutable {
    boost::asio::post(pool, [todo = std::move(todo), done = std::move(done)]() mutable { done(todo()); });
  };
  co_return co_await completion_of<Answer>(std::move(start));
}

}  // namespace millrace::storage
