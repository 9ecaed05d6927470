#include "server/background/retention.h"

#include "server/log.h"

namespace millrace {

namespace {

constexpr std::chrono::seconds kPeriod{10};

}  // namespace

void Retention::start() { boost::asio::co_spawn(timer_.get_executor(), run(), boost::asio::detached); }

void Retention::stop() {
  stopping_ = true;
  boost::asio::post(timer_.get_executor(), [this] { timer_.cancel(); });
}

boost::asio::awaitable<void> Retention::run() {
  while (!stopping_) {
    try {
      co_await kinesis_.enforce_retention();
    } catch (const std::exception& e) {
      log::warning("retention_failed", {{"reason", e.what()}});
    }
    if (stopping_) co_return;
    boost::system::error_code cancelled;
    timer_.expires_after(kPeriod);
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  }
}

}  // namespace millrace
