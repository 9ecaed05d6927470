// Tags of whatever has some: functions and event source mappings.
#pragma once

#include <functional>
#include <map>

#include "api/lambda/service.h"

namespace millrace::lambda {

using Tags = std::map<std::string, std::string>;

// `action` is the operation's name. Throws function_not_found, mapping_not_found, and as target_of does.
[[nodiscard]] Tags tags_of(const Lambda& lambda, const Caller& caller, std::string_view action,
                           const std::string& arn);
// Completes when the change is on disk. Throws as tags_of does, too_many_tags, and as the updates of
// Functions and Mappings do.
[[nodiscard]] asio::awaitable<void> change_tags(Lambda& lambda, const Caller& caller, std::string_view action,
                                                std::string arn, std::function<void(Tags&)> change);

}  // namespace millrace::lambda
