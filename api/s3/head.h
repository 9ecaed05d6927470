// The head of a request taken apart, before an operation is found for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/core/service.h"

namespace millrace::s3 {

struct Head {
  Request& request;
  QueryParameters query;
  std::string bucket, key;  // empty where the path has none

  [[nodiscard]] const Headers& headers() const { return request.http.headers; }
  // The first value of a query parameter, decoded; nullopt when it is not there.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const {
    for (const auto& [n, value] : query)
      if (n == name) return value;
    return std::nullopt;
  }
};

}  // namespace millrace::s3
