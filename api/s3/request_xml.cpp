#include "api/s3/request_xml.h"

#include "api/s3/errors.h"

namespace millrace::s3 {

pugi::xml_node parse_xml(pugi::xml_document& document, std::string_view body, std::string_view root) {
  const pugi::xml_node node = millrace::parse_xml(document, body);
  if (!node || local_name(node) != root) throw malformed_xml();
  return node;
}

std::string child_text(const pugi::xml_node& node, std::string_view name) {
  auto text = text_of(child(node, name));
  if (!text) throw malformed_xml();
  return std::move(*text);
}

}  // namespace millrace::s3
