// XML written front to back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// Appends `text` with what XML keeps for itself escaped; control characters as references.
void append_xml_escaped(std::string& to, std::string_view text);

// Names are given by the caller and not checked; texts are escaped.
class XmlWriter {
 public:
  enum class Declaration { written, none };

  explicit XmlWriter(Declaration declaration = Declaration::written) {
    if (declaration == Declaration::written) out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  }

  // `attributes` stands as it is behind the name: "xmlns=\"...\"".
  void open(std::string_view name, std::string_view attributes = {}) {
    out_.append("<").append(name);
    if (!attributes.empty()) out_.append(" ").append(attributes);
    out_ += '>';
  }
  void close(std::string_view name) { out_.append("</").append(name).append(">"); }
  void element(std::string_view name, std::string_view text) {
    open(name);
    append_xml_escaped(out_, text);
    close(name);
  }
  void element(std::string_view name, std::uint64_t number) { element(name, std::to_string(number)); }
  void text(std::string_view text) { append_xml_escaped(out_, text); }
  // Elements that were written elsewhere.
  void raw(std::string_view xml) { out_.append(xml); }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace millrace
