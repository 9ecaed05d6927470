// Publishing, and the page of lists of versions and aliases.
#pragma once

#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

// Publishes the newest state of `function`, and returns it; the last version if nothing changed since.
// Throws code_changed and revision_mismatch if the state is not the one that is wanted, and as
// Functions::publish does.
[[nodiscard]] asio::awaitable<FunctionPtr> publish_version(Lambda& lambda, Function function,
                                                           std::optional<std::string> description,
                                                           std::optional<std::string> code_sha256,
                                                           std::optional<std::string> revision);

struct Page {
  std::size_t first = 0, count = 0;
  std::optional<std::string> next;  // a marker
};
// Which of `all` items a request asks for. Throws invalid_marker.
[[nodiscard]] Page page_of(const Lambda& lambda, std::string_view purpose, std::size_t all,
                           const std::optional<std::string>& marker, std::optional<int> max_items);

}  // namespace millrace::lambda
