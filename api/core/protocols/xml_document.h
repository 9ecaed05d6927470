// Documents in XML, as the protocols Query and REST-XML have them.
#pragma once

#include <pugixml.hpp>

#include "api/core/shape.h"
#include "api/core/xml_writer.h"

namespace millrace {

// The members of an object as elements; those that `fields` does not know are left out, as are those outside
// the body.
void write_xml(XmlWriter& out, const OrderedJson& object, Fields fields);

// The members of a shape out of an element's children and attributes; of two elements of a name, the first
// counts. Names are compared without their namespace's prefix. What does not convert stays a text. Throws
// ApiError where a text has elements, and where a list has what is no member of it or more
// members than its length.
[[nodiscard]] Json read_xml(const pugi::xml_node& element, Fields fields);

// The time, in seconds since the epoch, in the form.
[[nodiscard]] std::string time_text(double seconds, TimeForm form);

}  // namespace millrace
