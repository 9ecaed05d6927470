#include "server/background/periodic.h"

#include "server/log.h"

namespace millrace {

void Periodic::start() { boost::asio::co_spawn(timer_.get_executor(), run(), boost::asio::detached); }

void Periodic::stop() {
  stopping_ = true;
  boost::asio::post(timer_.get_executor(), [this] { timer_.cancel(); });
}

boost::asio::awaitable<void> Periodic::run() {
  while (!stopping_) {
    try {
      if (duties_.mine(name_)) co_await work_();
    } catch (const std::exception& e) {
      log::warning("background_work_failed", {{"work", name_}, {"reason", e.what()}});
    }
    if (stopping_) co_return;
    boost::system::error_code cancelled;
    timer_.expires_after(period_);
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  }
}

}  // namespace millrace
