// Work that takes long for its bytes, not for its waits (digests of large bodies): it runs on a pool's
// thread, the caller goes on on its own executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>

namespace millrace {

namespace on_worker_detail {

template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> call(Work work) {
  co_return work();
}

}  // namespace on_worker_detail

// Answers what `work` answers, a type with a default; throws what it throws.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> on_worker(boost::asio::thread_pool& pool, Work work) {
  auto task = on_worker_detail::call(std::move(work));
  co_return co_await boost::asio::co_spawn(pool, std::move(task), boost::asio::use_awaitable);
}

}  // namespace millrace
