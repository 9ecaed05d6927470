#include "api/s3/request_xml.h"

#include "api/s3/errors.h"

namespace millrace::s3 {

pugi::xml_node parse_xml(pugi::xml_document& document, std::string_view body, std::string_view root) {
  // White space alone is a key, too.
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_ws_pcdata_single;
  if (!document.load_buffer(body.data(), body.size(), kOptions, pugi::encoding_utf8)) throw malformed_xml();
  const pugi::xml_node node = document.document_element();
  if (local_name(node) != root) throw malformed_xml();
  return node;
}

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') + 1);  // npos + 1 is 0
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& one : node.children())
    if (local_name(one) == name) return one;
  return {};
}

std::string child_text(const pugi::xml_node& node, std::string_view name) {
  return child(node, name).text().get();
}

}  // namespace millrace::s3
