#include "server/pipeline/own_pages.h"

#include "server/metrics/prometheus.h"
#include "storage/completion.h"

namespace millrace {

namespace {

HttpResponse text_page(unsigned status, std::string text, const char* type = "text/plain") {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", type);
  response.body = std::move(text);
  return response;
}

}  // namespace

const ServiceModel& OwnPages::model() const {
  static constexpr ServiceModel kModel{.name = "own_pages"};
  return kModel;
}

bool OwnPages::is_for(const HttpRequest& head) {
  if (head.method != "GET" && head.method != "HEAD") return false;
  const std::string_view path = head.path();
  if (path != "/metrics" && path != "/health" && !path.starts_with("/health/")) return false;
  return !head.headers.find("authorization") && head.query().find("X-Amz-") == std::string_view::npos;
}

asio::awaitable<HttpResponse> OwnPages::handle(Request& request) {
  const std::string_view path = request.http.path();
  if (path == "/metrics") {
    auto text = co_await storage::completion_of<std::string>([this](storage::Completion<std::string> done) {
      asio::post(scrapes_, [this, d = std::move(done)]() mutable {
        status_.refresh_gauges();
        d(prometheus_text(probes_));
      });
    });
    co_return text_page(200, std::move(text), kPrometheusContentType);
  }
  if (path == "/health/live") co_return text_page(200, "alive\n");
  if (path != "/health/ready" && path != "/health") co_return text_page(404, "no such page\n");
  const std::string trouble = status_.not_ready();
  co_return trouble.empty() ? text_page(200, "ready\n") : text_page(503, trouble + "\n");
}

HttpResponse OwnPages::error(const ApiError& e, const Request&) const {
  return text_page(e.status(), e.message() + "\n");
}

}  // namespace millrace
