#include "storage/base/on_pool.h"

#include <boost/asio/post.hpp>

#include "storage/completion.h"

namespace millrace {

namespace asio = boost::asio;

asio::awaitable<void> run_on_pool(asio::thread_pool& pool, std::shared_ptr<PoolWork> work) {
  struct Done {};
  auto start = [&pool, todo = std::move(work)](storage::Completion<Done> complete) mutable {
    asio::post(pool, [todo = std::move(todo), complete = std::move(complete)]() mutable {
      todo->run();
      todo.reset();
      complete(Done{});
    });
  };
  (void)co_await storage::completion_of<Done>(std::move(start));
}

}  // namespace millrace
