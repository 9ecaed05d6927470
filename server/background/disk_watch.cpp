#include "server/background/disk_watch.h"

#include "server/log.h"

namespace millrace {

namespace {

constexpr std::chrono::milliseconds kPeriod{200};

}  // namespace

void DiskWatch::start() { boost::asio::co_spawn(timer_.get_executor(), run(), boost::asio::detached); }

void DiskWatch::stop() {
  stopping_ = true;
  boost::asio::post(timer_.get_executor(), [this] { timer_.cancel(); });
}

boost::asio::awaitable<void> DiskWatch::run() {
  bool refused = false;
  while (!stopping_) {
    if (store_.read_only() != refused) {
      refused = !refused;
      if (refused)
        log::error("writes_rejected", {{"reason", store_.read_only_cause()}});
      else
        log::info("writes_resumed");
    }
    boost::system::error_code cancelled;
    timer_.expires_after(kPeriod);
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  }
}

}  // namespace millrace
