// XML bodies of S3's requests: texts are UTF-8 without NUL, and a document that was written is read as it
// was.
#include "api/s3/request_xml.h"

#include "api/core/error.h"
#include "api/core/xml_writer.h"
#include "api/s3/addressing.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace millrace;
using namespace millrace::s3;

void read_texts(std::string_view body) {
  pugi::xml_document document;
  try {
    const pugi::xml_node root = parse_xml(document, body, "Delete");
    for (const pugi::xml_node& node : root.children()) {
      const std::string key = s3::child_text(node, "Key");
      fuzz::expect(key.find('\0') == key.npos && is_utf8(key), "a text is UTF-8 without NUL");
    }
  } catch (const ApiError& e) {
    fuzz::expect(e.code() == "MalformedXML", "what is refused is malformed");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::view(data, size);
  read_texts(text);
  read_texts("<Delete><Object><Key>" + std::string(text) + "</Key></Object></Delete>");
  if (!is_utf8(text) || text.find('\0') != text.npos || text.find_first_not_of(" \t\r\n") == text.npos)
    return 0;
  XmlWriter xml;
  xml.open("Delete");
  xml.element("Key", text);
  xml.close("Delete");
  const std::string body = xml.take();
  pugi::xml_document document;
  try {
    fuzz::expect(s3::child_text(parse_xml(document, body, "Delete"), "Key") == text,
                 "what is written is read");
  } catch (const ApiError&) {
    fuzz::expect(text.find("\xef\xbf\xbe") != text.npos || text.find("\xef\xbf\xbf") != text.npos,
                 "likewise");
  }
  return 0;
}
