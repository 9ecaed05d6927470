// XML bodies of requests.
#pragma once

#include <string>
#include <string_view>

#include "api/core/xml.h"

namespace millrace::s3 {

// The root of a document that keeps the bounds of millrace::parse_xml, which must have that name. Throws
// MalformedXML.
[[nodiscard]] pugi::xml_node parse_xml(pugi::xml_document& document, std::string_view body,
                                       std::string_view root);
using millrace::child;
using millrace::local_name;
// The text of that child, with what stands in CDATA sections. Throws MalformedXML where it has elements.
[[nodiscard]] std::string child_text(const pugi::xml_node& node, std::string_view name);

inline constexpr std::string_view kNamespace = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

}  // namespace millrace::s3
