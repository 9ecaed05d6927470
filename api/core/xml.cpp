#include "api/core/xml.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

namespace millrace {

namespace {

// XML 1.0, 2.2: the characters below the space that a document may hold.
bool is_forbidden(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

// What is between '&' and ';'. Of XML 1.0's characters those are let through too that S3 itself writes so in
// its lists, 1 to 31, since keys may hold them; 0 is in no key and would cut the text.
bool is_reference(std::string_view name) {
  if (!name.starts_with('#')) {
    for (const char* known : {"amp", "lt", "gt", "quot", "apos"})
      if (name == known) return true;
    return false;
  }
  const bool hex = name.starts_with("#x");
  name.remove_prefix(hex ? 2 : 1);
  std::uint32_t c = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), c, hex ? 16 : 10);
  if (error != std::errc() || end != name.data() + name.size()) return false;
  const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
  return c != 0 && c <= 0x10FFFF && !surrogate && c != 0xFFFE && c != 0xFFFF;
}

// Where a part that begins with `begin` at `at` ends, npos: nowhere; nullopt: it does not begin so.
std::optional<std::size_t> behind(std::string_view text, std::size_t at, std::string_view begin,
                                  std::string_view end) {
  if (!text.substr(at).starts_with(begin)) return std::nullopt;
  const std::size_t found = text.find(end, at + begin.size());
  return found == text.npos ? found : found + end.size();
}

// Whether references stand where they may and are such. pugixml reads others as they are written.
bool has_good_references(std::string_view text) {
  for (std::size_t at = text.find_first_of("&<"); at != text.npos; at = text.find_first_of("&<", at)) {
    if (text[at] == '&') {
      const std::size_t end = text.find(';', at);
      if (end == text.npos || !is_reference(text.substr(at + 1, end - at - 1))) return false;
      at = end;
      continue;
    }
    auto next = behind(text, at, "<![CDATA[", "]]>");
    if (!next) next = behind(text, at, "<!--", "-->");
    if (!next) next = behind(text, at, "<?", "?>");
    if (next == text.npos) return false;
    at = next.value_or(at + 1);
  }
  return true;
}

// What pugixml would read over: it is made to be lenient. Entities of a document type are nothing that S3
// reads.
bool is_well_formed(std::string_view text) {
  return std::none_of(text.begin(), text.end(), is_forbidden) && simdjson::validate_utf8(text) &&
         text.find("<!DOCTYPE") == text.npos && has_good_references(text);
}

bool is_content(const pugi::xml_node& node) {
  return node.type() == pugi::node_element || node.type() == pugi::node_pcdata ||
         node.type() == pugi::node_cdata;
}

}  // namespace

pugi::xml_node parse_xml(pugi::xml_document& document, std::string_view text) {
  if (!is_well_formed(text)) return {};
  // White space alone is a key, too. What stands beside the root is looked at, instead of being left out.
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_fragment | pugi::parse_ws_pcdata_single;
  if (!document.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8)) return {};
  const pugi::xml_node root = document.document_element();
  for (const pugi::xml_node& other : document.children())
    if (is_content(other) && other != root) return {};
  return root;
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

std::optional<std::string> text_of(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& part : node.children()) {
    if (part.type() == pugi::node_element) return std::nullopt;
    if (is_content(part)) text += part.value();
  }
  return text;
}

std::optional<std::string> child_text(const pugi::xml_node& node, std::string_view name) {
  return text_of(child(node, name));
}

}  // namespace millrace
