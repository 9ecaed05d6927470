#include "api/core/xml_error.h"

#include <algorithm>

#include "api/core/excerpt.h"
#include "api/core/xml_writer.h"

namespace millrace {

namespace {

// Of what an error repeats of its request. A key of S3 has 1,024 bytes at most.
constexpr std::size_t kMaxElementBytes = 8 << 10;

// Line breaks stay as they are, as in AWS's errors: they stand for themselves between tags.
void append_lines(std::string& to, std::string_view text) {
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    append_xml_escaped(to, text.substr(0, end));
    if (end == text.size()) return;
    to += '\n';
    text.remove_prefix(end + 1);
  }
}

}  // namespace

ApiError xml_error(unsigned status, std::string_view code, std::string_view message,
                   std::initializer_list<XmlElement> elements) {
  std::string detail;
  for (const XmlElement& e : elements) {
    detail.append("<").append(e.name).append(">");
    append_lines(detail, excerpt(e.text, kMaxElementBytes));
    detail.append("</").append(e.name).append(">");
  }
  return ApiError(status, std::string(code), std::string(message)).with_detail(std::move(detail));
}

}  // namespace millrace
