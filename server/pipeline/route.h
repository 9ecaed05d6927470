// Which service a request is for: by X-Amz-Target, else the credential scope, else the path, else S3.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "api/core/service.h"

namespace millrace {

class Routes {
 public:
  // `target_prefix`: of X-Amz-Target; `path_prefixes`: where the paths of a REST service begin.
  struct Route {
    Service* service;
    std::string target_prefix;
    std::span<const char* const> path_prefixes;
  };
  Routes(std::vector<Route> routes, Service& otherwise) : routes_(std::move(routes)), otherwise_(otherwise) {}

  [[nodiscard]] Service& find(const HttpRequest& head) const;
  // The names of all services.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::vector<Route> routes_;
  Service& otherwise_;
};

}  // namespace millrace
