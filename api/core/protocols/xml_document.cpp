#include "api/core/protocols/xml_document.h"

#include "api/core/codec.h"
#include "api/core/dates.h"
#include "api/core/json.h"
#include "api/core/protocols/codec.h"
#include "api/core/validate.h"
#include "api/core/xml.h"

namespace millrace {

namespace {

std::string scalar_text(Kind kind, const FieldInfo& f, const OrderedJson& v) {
  if (kind == Kind::timestamp && v.is_number()) return time_text(v.get<double>(), f.time);
  return v.is_string() ? v.get<std::string>() : v.dump();
}

void write_value(XmlWriter& out, const std::string& name, Kind kind, const FieldInfo& f,
                 const OrderedJson& v);

void write_list(XmlWriter& out, const std::string& name, const FieldInfo& f, const OrderedJson& v) {
  if (f.xml.flattened) {
    for (const OrderedJson& e : v) write_value(out, name, f.element_kind, f, e);
    return;
  }
  out.open(name);
  for (const OrderedJson& e : v) write_value(out, f.xml.members, f.element_kind, f, e);
  out.close(name);
}

void write_map(XmlWriter& out, const std::string& name, const FieldInfo& f, const OrderedJson& v) {
  if (!f.xml.flattened) out.open(name);
  const std::string entry = f.xml.flattened ? name : "entry";
  for (const auto& [key, value] : v.items()) {
    out.open(entry);
    out.element(f.xml.key, key);
    write_value(out, f.xml.value, f.element_kind, f, value);
    out.close(entry);
  }
  if (!f.xml.flattened) out.close(name);
}

std::string attributes_of(const OrderedJson& object, Fields fields) {
  std::string out;
  for (const FieldInfo& f : fields) {
    if (!f.xml.attribute || !object.contains(f.name)) continue;
    out += (out.empty() ? "" : " ") + std::string(f.xml_name()) + "=\"";
    append_xml_escaped(out, scalar_text(f.kind, f, object[f.name]));
    out += '"';
  }
  return out;
}

void write_value(XmlWriter& out, const std::string& name, Kind kind, const FieldInfo& f,
                 const OrderedJson& v) {
  if (v.is_null()) return;
  if (kind == Kind::list) return write_list(out, name, f, v);
  if (kind == Kind::map) return write_map(out, name, f, v);
  if (kind != Kind::structure) return out.element(name, scalar_text(kind, f, v));
  out.open(name, attributes_of(v, f.nested()));
  write_xml(out, v, f.nested());
  out.close(name);
}

// An element's or attribute's value.
Json read_value(const pugi::xml_node& node, Kind kind, const FieldInfo& f, std::size_t depth);
Json read_members(const pugi::xml_node& element, Fields fields, std::size_t depth);

Json read_list(const pugi::xml_node& parent, const pugi::xml_node& first, const FieldInfo& f,
               std::size_t depth) {
  Json out = Json::array();
  const std::string_view name = f.xml.flattened ? f.xml_name() : f.xml.members;
  for (const pugi::xml_node& node : (f.xml.flattened ? parent : first).children()) {
    if (local_name(node) == name) {
      // Before the values are made: a short element may become a large one.
      if (f.rules.max_length && out.size() >= static_cast<std::size_t>(*f.rules.max_length))
        throw serialization_error("");
      out.push_back(read_value(node, f.element_kind, f, depth));
    } else if (!f.xml.flattened) {
      throw serialization_error("");
    }
  }
  return out;
}

Json read_map(const pugi::xml_node& parent, const pugi::xml_node& first, const FieldInfo& f,
              std::size_t depth) {
  Json out = Json::object();
  const std::string_view name = f.xml.flattened ? std::string_view(f.xml_name()) : "entry";
  for (const pugi::xml_node& node : (f.xml.flattened ? parent : first).children())
    if (local_name(node) == name)
      out[text_of(child(node, f.xml.key)).value_or("")] =
          read_value(child(node, f.xml.value), f.element_kind, f, depth);
  return out;
}

Json read_value(const pugi::xml_node& node, Kind kind, const FieldInfo& f, std::size_t depth) {
  if (depth == kMaxJsonDepth) throw serialization_error("");
  if (kind == Kind::structure) return read_members(node, f.nested(), depth + 1);
  const auto text = text_of(node);
  if (!text) throw serialization_error("");  // elements where a text is expected
  return value_of_text(*text, kind);
}

Json read_members(const pugi::xml_node& element, Fields fields, std::size_t depth) {
  Json out = Json::object();
  for (const FieldInfo& f : fields) {
    if (f.place != Place::body) continue;
    if (f.xml.attribute) {
      if (const pugi::xml_attribute a = element.attribute(f.xml_name()))
        out[f.name] = value_of_text(a.value(), f.kind);
      continue;
    }
    const pugi::xml_node node = child(element, f.xml_name());
    if (!node) continue;
    out[f.name] = f.kind == Kind::list  ? read_list(element, node, f, depth + 1)
                  : f.kind == Kind::map ? read_map(element, node, f, depth + 1)
                                        : read_value(node, f.kind, f, depth);
  }
  return out;
}

}  // namespace

void write_xml(XmlWriter& out, const OrderedJson& object, Fields fields) {
  for (const FieldInfo& f : fields) {
    if (f.place != Place::body || f.xml.attribute) continue;
    if (const auto it = object.find(f.name); it != object.end())
      write_value(out, f.xml_name(), f.kind, f, *it);
  }
}

Json read_xml(const pugi::xml_node& element, Fields fields) { return read_members(element, fields, 0); }

std::string time_text(double seconds, TimeForm form) {
  Time time;
  assign(time, Json(seconds));
  switch (form) {
    case TimeForm::http_date:
      return http_date(time);
    case TimeForm::iso8601_millis:
      return iso8601(time);
    case TimeForm::epoch:
      return Json(seconds).dump();
    default:
      return iso8601_seconds(time);
  }
}

}  // namespace millrace
