#include "api/lambda/functions/versions.h"

#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

constexpr std::size_t kMaxPage = 50;

}  // namespace

asio::awaitable<FunctionPtr> publish_version(Lambda& lambda, Function function,
                                             std::optional<std::string> description,
                                             std::optional<std::string> code_sha256,
                                             std::optional<std::string> revision) {
  std::function<void(const Function&)> check = [&](const Function& latest) {
    if (code_sha256 && *code_sha256 != latest.code_sha256)
      throw code_changed(*code_sha256, latest.code_sha256);
    if (revision && *revision != latest.revision) throw revision_mismatch();
  };
  auto latest = std::make_shared<const Function>(std::move(function));
  co_return co_await lambda.functions.publish(std::move(latest), std::move(description), std::move(check),
                                              lambda.clock.now());
}

Page page_of(const Lambda& lambda, std::string_view purpose, std::size_t all,
             const std::optional<std::string>& marker, std::optional<int> max_items) {
  Page page;
  if (marker && !marker->empty()) {
    const auto opened = lambda.functions.seal().open(purpose, "", *marker);
    if (!opened) throw invalid_marker();
    page.first = std::min(all, static_cast<std::size_t>(std::stoull(*opened)));
  }
  const auto most = std::min(kMaxPage, static_cast<std::size_t>(max_items.value_or(kMaxPage)));
  page.count = std::min(most, all - page.first);
  const std::size_t behind = page.first + page.count;
  if (behind < all) page.next = lambda.functions.seal().seal(purpose, "", std::to_string(behind));
  return page;
}

}  // namespace millrace::lambda
