// The protocol REST-XML: as REST-JSON, with bodies in XML. The service finds the operation.
#include <algorithm>

#include "api/core/base64.h"
#include "api/core/protocols/codec.h"
#include "api/core/protocols/rest_json.h"
#include "api/core/protocols/xml_document.h"
#include "api/core/xml.h"

namespace millrace {

namespace {

constexpr const char* kXml = "application/xml";

ApiError malformed_xml() {
  return {400, "MalformedXML",
          "The XML you provided was not well-formed or did not validate against our published schema"};
}

// The member that is the whole body; nullptr: the members of the body have an element around them.
const FieldInfo* payload_field(Fields fields) {
  for (const FieldInfo& f : fields)
    if (f.place == Place::payload) return &f;
  return nullptr;
}

// Whether the body is an XML document; of an operation without members in the body it is not looked at.
bool is_xml(Fields fields, const FieldInfo* payload) {
  if (payload) return payload->kind == Kind::structure;
  return std::any_of(fields.begin(), fields.end(), [](const FieldInfo& f) { return f.place == Place::body; });
}

Json members_of(const pugi::xml_node& element, Fields fields) {
  try {
    return read_xml(element, fields);
  } catch (const ApiError&) {
    throw malformed_xml();
  }
}

class RestXmlCodec final : public Codec {
 public:
  [[nodiscard]] Json parse(const Operation& op, const Request& request) const override {
    Json document = Json::object();
    const FieldInfo* const payload = payload_field(op.input);
    if (is_xml(op.input, payload) && !request.http.body.empty()) {
      pugi::xml_document xml;
      const pugi::xml_node root = parse_xml(xml, request.http.body);
      if (!root || (payload && local_name(root) != payload->xml_name())) throw malformed_xml();
      if (payload)
        document[payload->name] = members_of(root, payload->nested());
      else
        document = members_of(root, op.input);
    }
    add_members_outside_body(document, op, request);
    return document;
  }

  [[nodiscard]] HttpResponse write(const Operation& op, OrderedJson output,
                                   const Request& request) const override {
    const FieldInfo* const payload = payload_field(op.output);
    OrderedJson inner;
    const bool has_xml = is_xml(op.output, payload) && (!payload || output.contains(payload->name));
    if (has_xml && payload) inner = std::move(output[payload->name]);
    HttpResponse response;
    if (has_xml) response.headers.set("Content-Type", kXml);
    (void)put_outside_body(response, output, op);
    if (!has_xml) return response;
    const Fields fields = payload ? Fields(payload->nested()) : Fields(op.output);
    const std::string root = payload               ? payload->xml_name()
                             : op.binding.xml_root ? op.binding.xml_root
                                                   : std::string(op.name) + "Result";
    XmlWriter xml;
    const std::string_view names = request.model ? request.model->xml_namespace : std::string_view();
    xml.open(root, names.empty() ? std::string() : "xmlns=\"" + std::string(names) + "\"");
    write_xml(xml, payload ? inner : output, fields);
    xml.close(root);
    response.body = xml.take();
    return response;
  }

  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override {
    HttpResponse response;
    response.status = e.status();
    response.headers.set("Content-Type", kXml);
    if (request.http.method == "HEAD") return response;
    XmlWriter xml;
    xml.open("Error");
    xml.element("Code", e.code());
    xml.element("Message", e.message());
    xml.raw(e.detail());
    xml.element("RequestId", request.id);
    xml.element("HostId", base64_encode(request.id));
    xml.close("Error");
    response.body = xml.take();
    return response;
  }

  [[nodiscard]] const char* content_type() const override { return kXml; }
};

}  // namespace

const Codec& rest_xml_codec() {
  static const RestXmlCodec kCodec;
  return kCodec;
}

}  // namespace millrace
