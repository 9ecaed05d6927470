#include "server/net/whole_requests.h"

namespace millrace::net {

namespace {

class WholeExchange final : public Exchange {
 public:
  WholeExchange(WholeRequests& handler, HttpRequest head) : handler_(handler), request_(std::move(head)) {
    max_body = handler_.max_body(request_);
  }

  [[nodiscard]] HttpRequest& request() override { return request_; }
  [[nodiscard]] HttpResponse unread(Unread why) override {
    if (why == Unread::too_large) return handler_.too_large(request_);
    HttpResponse response;
    response.status = why == Unread::too_slow ? 408 : 503;
    return response;
  }
  [[nodiscard]] boost::asio::awaitable<HttpResponse> handle() override {
    return handler_.handle(std::move(request_));
  }

 private:
  WholeRequests& handler_;
  HttpRequest request_;
};

}  // namespace

std::unique_ptr<Exchange> WholeRequests::begin(HttpRequest head, const Peer&) {
  return std::make_unique<WholeExchange>(*this, std::move(head));
}

}  // namespace millrace::net
