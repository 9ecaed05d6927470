// The two checks that AWS makes of an input before the operation sees it. Sources of the texts: kinesalite's
// recordings of AWS (validations/index.js).
#pragma once

#include "api/core/error.h"
#include "api/core/shape.h"

namespace millrace {

// Parses a request body as a JSON object. Throws SerializationException, without a message, on anything else.
[[nodiscard]] Json parse_object(std::string_view body);

// Throws SerializationException where a member has another type than its shape says. Blobs are base64 texts,
// or binary values (of CBOR).
void check_types(Fields fields, const Json& object);

// Throws ValidationException naming up to ten violated constraints, in the order of the shape. `print`:
// whether the message quotes the values.
enum class PrintValues : bool { no, yes };
void check_constraints(Fields fields, const Json& object, PrintValues print = PrintValues::yes);

// Throws SerializationException, with the reason, where a text is no base64.
void check_blob(const std::string& text);

[[nodiscard]] ApiError serialization_error(const std::string& message);
[[nodiscard]] ApiError validation_error(const std::string& message);

// The number of characters of a UTF-8 text, as Java counts them: UTF-16 code units.
[[nodiscard]] std::size_t java_length(std::string_view text);

}  // namespace millrace
