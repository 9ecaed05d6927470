// XML of strangers. Every document in XML that a client sends is read here.
#pragma once

#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace millrace {

// The document's root; empty when the text is no XML. It must be UTF-8 without a document type, and without
// NUL and other control characters, also as references; &#x1; to &#x1F; are taken, since S3 lists keys so.
// The document's depth costs no stack.
[[nodiscard]] pugi::xml_node parse_xml(pugi::xml_document& document, std::string_view text);

// Names are compared without their namespace's prefix.
[[nodiscard]] std::string_view local_name(const pugi::xml_node& node);
// The first child of that name; empty if there is none.
[[nodiscard]] pugi::xml_node child(const pugi::xml_node& node, std::string_view name);
// An element's text, with what stands in CDATA sections; nullopt where it has elements.
[[nodiscard]] std::optional<std::string> text_of(const pugi::xml_node& node);
// The text of the first child of that name; empty if there is none, nullopt where it has elements.
[[nodiscard]] std::optional<std::string> child_text(const pugi::xml_node& node, std::string_view name);

}  // namespace millrace
