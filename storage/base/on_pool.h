// Blocking or long work for a coroutine: it runs on a thread of a pool, and the caller resumes on its own
// executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <optional>
#include <type_traits>

#include "storage/completion.h"

namespace millrace {

// Returns what `work` returns (not void), and throws what it throws.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> on_pool(boost::asio::thread_pool& pool, Work work) {
  struct Done {
    std::optional<std::invoke_result_t<Work&>> value;
    std::exception_ptr error;
  };
  auto start = [&pool, todo = std::move(work)](storage::Completion<Done> complete) mutable {
    boost::asio::post(pool, [todo = std::move(todo), complete = std::move(complete)]() mutable {
      Done done;
      try {
        done.value.emplace(todo());
      } catch (...) {
        done.error = std::current_exception();
      }
      complete(std::move(done));
    });
  };
  Done done = co_await storage::completion_of<Done>(std::move(start));
  if (done.error) std::rethrow_exception(done.error);
  co_return std::move(*done.value);
}

}  // namespace millrace
