#include "api/core/xml_writer.h"

namespace millrace {

void append_xml_escaped(std::string& to, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    switch (c) {
      case '&':
        to += "&amp;";
        break;
      case '<':
        to += "&lt;";
        break;
      case '>':
        to += "&gt;";
        break;
      case '"':
        to += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          to += "&#x";
          if (c >= 0x10) to += kHex[c >> 4];
          to += kHex[c & 15];
          to += ';';
        } else {
          to += c;
        }
    }
  }
}

}  // namespace millrace
