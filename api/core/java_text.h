// Java's own text of a structure, "com.amazonaws.Name@1a2b3c4d", which AWS's messages have where they print
// one.
#pragma once

#include <string>

#include "api/core/shape.h"

namespace millrace {

// `fields` are the structure's members in the order of the model. The number is what AWS's servers compute:
// java.util.Arrays.hashCode of the class's name and of the members. Members are texts, blobs, or absent.
[[nodiscard]] std::string java_text(const char* class_name, Fields fields, const Json& object);

}  // namespace millrace
