// Items in the rows of the catalog.
#pragma once

#include <string>
#include <string_view>

#include "api/dynamodb/values/value.h"

namespace millrace::dynamodb {

[[nodiscard]] std::string row_of(const Item& item);
// Throws std::runtime_error if the bytes are no item.
[[nodiscard]] Item item_of_row(std::string_view row);

}  // namespace millrace::dynamodb
