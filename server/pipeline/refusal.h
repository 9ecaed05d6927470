// The error for who may not use the server at all, whatever is asked for.
#pragma once

#include "api/core/service.h"

namespace millrace {

[[nodiscard]] inline ApiError access_refused(const Service& service, const std::string& why) {
  return {403,
          service.name() == "s3" || service.model().speaks(Protocol::query) ? "AccessDenied"
                                                                            : "AccessDeniedException",
          why};
}

}  // namespace millrace
