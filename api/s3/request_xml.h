// XML bodies of requests.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace millrace::s3 {

// The document's root, which must have that name. Names are compared without their namespace's prefix.
// Throws MalformedXML.
[[nodiscard]] pugi::xml_node parse_xml(pugi::xml_document& document, std::string_view body,
                                       std::string_view root);
[[nodiscard]] std::string_view local_name(const pugi::xml_node& node);
// The first child of that name; empty if there is none.
[[nodiscard]] pugi::xml_node child(const pugi::xml_node& node, std::string_view name);
[[nodiscard]] std::string child_text(const pugi::xml_node& node, std::string_view name);

inline constexpr std::string_view kNamespace = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

}  // namespace millrace::s3
