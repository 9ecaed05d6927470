// Errors of REST-XML services, which have elements of their own behind code and message.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "api/core/error.h"

namespace millrace {

struct XmlElement {
  std::string_view name;  // not escaped
  std::string text;       // of it the first 8 KiB are repeated
};

// The error whose detail is these elements, in their order.
[[nodiscard]] ApiError xml_error(unsigned status, std::string_view code, std::string_view message,
                                 std::initializer_list<XmlElement> elements = {});

}  // namespace millrace
