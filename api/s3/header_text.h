// Header values beyond ASCII. HTTP headers carry ASCII safely, so S3 encodes such values of user metadata as
// RFC 2047 says, and decodes those that come so encoded. Source: S3 user guide, "Working with object
// metadata"; the form of the encoding: recordings of AWS.
#pragma once

#include <string>
#include <string_view>

namespace millrace::s3 {

// The value as a header can carry it: printable ASCII as it is, all else as an encoded word in UTF-8, by
// quoted printable or, where it holds characters that cannot be printed, by base64.
[[nodiscard]] std::string encoded_header(std::string_view value);
// With encoded words (UTF-8, US-ASCII, ISO-8859-1) decoded into UTF-8; one that is malformed stands for
// itself.
[[nodiscard]] std::string decoded_header(std::string_view header);
// UTF-8 as ISO-8859-1, the character set of HTTP headers. Empty where a character is not in it, or is a
// control character, which no header can carry. (An empty text is itself.)
[[nodiscard]] bool to_latin1(std::string_view utf8, std::string* out);
// The other way.
[[nodiscard]] std::string from_latin1(std::string_view bytes);

}  // namespace millrace::s3
