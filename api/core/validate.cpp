#include "api/core/validate.h"

#include <algorithm>
#include <boost/regex.hpp>
#include <mutex>
#include <shared_mutex>

#include "api/core/base64.h"
#include "api/core/codec.h"
#include "api/core/excerpt.h"
#include "api/core/java_text.h"
#include "api/core/json.h"

namespace millrace {

namespace {

// AWS repeats the value that it refuses. It is cut where it is longer than the longest one that is known of
// AWS, which is a list of 501 records. The values of all violations share this length, of which each has a
// least part.
constexpr std::size_t kMaxRepeated = 48 << 10, kLeastRepeated = 256;

constexpr const char* kNumberClass = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
constexpr const char* kBufferClass = "java.nio.HeapByteBuffer";
// The one structure of lists whose length is limited, and which are therefore printed: PutRecords' records.
constexpr std::string_view kPrintedList = "Records";
constexpr const char* kPrintedClass = "com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry";

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return text;
}

const char* java_type(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "an Boolean";
    case Kind::integer:
      return "an Integer";
    case Kind::big_integer:
      return "an Long";
    case Kind::real:
      return "an Double";
    case Kind::blob:
      return "a Blob";
    case Kind::timestamp:
      return "milliseconds since epoch";
    default:
      return "an String";
  }
}

[[noreturn]] void wrong_type(const std::string& found, Kind expected) {
  throw serialization_error(found + " can not be converted to " + java_type(expected));
}

void check_type(Kind kind, const Json& v, const FieldInfo& f);

void check_members(const FieldInfo& f, const Json& v) {
  for (const Json& e : v) check_type(f.element_kind, e, f);
}

void check_scalar(Kind kind, const Json& v) {
  if (v.is_array()) throw serialization_error("Start of list found where not expected");
  if (v.is_object()) throw serialization_error("Start of structure or map found where not expected.");
  const bool numeric = kind == Kind::integer || kind == Kind::big_integer || kind == Kind::real;
  if (v.is_boolean() && kind != Kind::boolean) wrong_type("class java.lang.Boolean", kind);
  if (v.is_binary() && kind != Kind::blob) wrong_type(std::string("class ") + kBufferClass, kind);
  if (v.is_number() && !numeric && kind != Kind::timestamp) wrong_type(kNumberClass, kind);
  if (v.is_string()) {
    if (kind == Kind::boolean)
      wrong_type("'" + upper(excerpt(v.get_ref<const std::string&>(), kMaxRepeated)) + "'", kind);
    if (numeric || kind == Kind::timestamp) wrong_type("class java.lang.String", kind);
    if (kind == Kind::blob) check_blob(v.get_ref<const std::string&>());
  }
}

void check_type(Kind kind, const Json& v, const FieldInfo& f) {
  if (v.is_null() || kind == Kind::document) return;
  switch (kind) {
    case Kind::list:
      if (v.is_object()) throw serialization_error("Start of structure or map found where not expected.");
      if (!v.is_array()) throw serialization_error("Expected list or null");
      return check_members(f, v);
    case Kind::map:
      if (v.is_array()) throw serialization_error("Start of list found where not expected");
      if (!v.is_object()) throw serialization_error("Expected map or null");
      return check_members(f, v);
    case Kind::structure:
      if (v.is_array()) throw serialization_error("Start of list found where not expected");
      if (!v.is_object()) throw serialization_error("Expected null");
      return check_types(f.nested(), v);
    default:
      return check_scalar(kind, v);
  }
}

// ---- Constraints ----

// Boost knows no Unicode properties. All bytes of characters that are not ASCII are taken as letters.
constexpr std::pair<std::string_view, std::string_view> kProperties[] = {
    {"\\p{L}", "A-Za-z\x80-\xff"}, {"\\p{Z}", " "}, {"\\p{N}", "0-9"}};

// What stands for the property at `at`; nullptr: there is none.
const std::pair<std::string_view, std::string_view>* property_at(std::string_view pattern, std::size_t at) {
  for (const auto& property : kProperties)
    if (pattern.substr(at).starts_with(property.first)) return &property;
  return nullptr;
}

// Java takes a hyphen behind a range in a class as itself ("[a-z0-9-_]"); Boost does not.
std::string for_boost(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  std::size_t class_begin = 0, range_end = std::string::npos;  // where the last range of the class ended
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (const auto* const property = property_at(pattern, i)) {
      out += property->second;
      i += property->first.size() - 1;
      continue;
    }
    if (c == '\\' && i + 1 < pattern.size()) {
      out += c;
      out += pattern[++i];
      continue;
    }
    if (!in_class && c == '[') {
      in_class = true;
      class_begin = i;
      range_end = std::string::npos;
    } else if (in_class && c == ']') {
      in_class = false;
    } else if (in_class && c == '-') {
      if (range_end == i) {
        out += '\\';
      } else if (i > class_begin + 1 && i + 1 < pattern.size() && pattern[i + 1] != ']') {
        range_end = i + 2;
      }
    }
    out += c;
  }
  return out;
}

const boost::regex& compiled(const char* pattern) {
  static std::shared_mutex mutex;
  static std::unordered_map<std::string_view, boost::regex> all;  // one for each pattern in the shapes
  {
    const std::shared_lock lock(mutex);
    if (const auto it = all.find(pattern); it != all.end()) return it->second;
  }
  const std::unique_lock lock(mutex);
  return all
      .try_emplace(pattern, boost::regex(for_boost(pattern), boost::regex::perl | boost::regex::no_mod_s))
      .first->second;
}

bool matches(const std::string& text, const char* pattern) {
  const boost::regex& form = compiled(pattern);  // throws when the shape's pattern is wrong: our mistake
  try {
    return boost::regex_match(text, form);
  } catch (const boost::regex_error&) {  // gives up on a text that would take too long
    return false;
  }
}

std::size_t blob_size(const Json& v) {
  if (v.is_binary()) return v.get_binary().size();
  return base64_decoded_size(v.get_ref<const std::string&>()).value_or(0);
}

bool is_whole(Kind kind) { return kind == Kind::integer || kind == Kind::big_integer; }

// A number as it will be decoded, which is what the constraints are of.
std::int64_t whole_number(Kind kind, const Json& v) {
  if (kind == Kind::big_integer) {
    std::int64_t n = 0;
    assign(n, v);
    return n;
  }
  int n = 0;
  assign(n, v);
  return n;
}

// As Java's toString() prints the value.
std::string printed(Kind kind, const Json& v) {
  if (v.is_binary() || (v.is_string() && kind == Kind::blob)) {
    const std::string n = std::to_string(blob_size(v));
    return std::string(kBufferClass) + "[pos=0 lim=" + n + " cap=" + n + "]";
  }
  if (v.is_string()) return v.get<std::string>();
  if (v.is_array() || v.is_object()) {
    std::string out;
    for (const auto& [key, e] : v.items()) {
      if (!out.empty()) out += ", ";
      if (v.is_object()) out += key + "=";
      out += printed(Kind::string, e);
    }
    return v.is_array() ? "[" + out + "]" : "{" + out + "}";
  }
  if (v.is_number() && is_whole(kind)) return std::to_string(whole_number(kind, v));
  return v.dump();
}

std::string printed(const FieldInfo& f, const Json& v) {
  if (f.kind != Kind::list || f.name != kPrintedList) return printed(f.kind, v);
  std::string out;
  for (const Json& e : v)
    out += (out.empty() ? "" : ", ") + (e.is_null() ? "null" : java_text(kPrintedClass, f.nested(), e));
  return "[" + out + "]";
}

std::string values_text(const Rules& r) {
  std::string out;
  for (const char* value : r.values) out += (out.empty() ? "" : ", ") + std::string(value);
  return "[" + out + "]";
}

bool one_of_values(const std::string& text, const Rules& r) {
  return std::any_of(r.values.begin(), r.values.end(), [&](const char* v) { return text == v; });
}

// The texts of the constraints that `v`, which is not null, violates, in AWS's order.
std::vector<std::string> violations(const Rules& r, Kind kind, const Json& v) {
  std::vector<std::string> out;
  if (v.is_string() && r.pattern && !matches(v.get_ref<const std::string&>(), r.pattern))
    out.push_back(std::string("Member must satisfy regular expression pattern: ") + r.pattern);
  if (r.min_length || r.max_length) {
    const auto size = static_cast<std::int64_t>(kind == Kind::blob ? blob_size(v)
                                                : v.is_string() ? java_length(v.get_ref<const std::string&>())
                                                                : v.size());
    if (r.max_length && size > *r.max_length)
      out.push_back("Member must have length less than or equal to " + std::to_string(*r.max_length));
    if (r.min_length && size < *r.min_length)
      out.push_back("Member must have length greater than or equal to " + std::to_string(*r.min_length));
  }
  if (v.is_number() && (r.min || r.max)) {
    const double value = is_whole(kind) ? static_cast<double>(whole_number(kind, v)) : v.get<double>();
    if (r.max && value > static_cast<double>(*r.max))
      out.push_back("Member must have value less than or equal to " + std::to_string(*r.max));
    if (r.min && value < static_cast<double>(*r.min))
      out.push_back("Member must have value greater than or equal to " + std::to_string(*r.min));
  }
  if (v.is_string() && !r.values.empty() && !one_of_values(v.get_ref<const std::string&>(), r))
    out.push_back("Member must satisfy enum value set: " + values_text(r));
  return out;
}

// The words are DynamoDB's.
void check_union(AnyShape shape, const Json& object) {
  const auto set = std::count_if(shape.begin(), shape.end(), [&](const FieldInfo& f) {
    const auto it = object.find(f.name);
    return it != object.end() && !it->is_null();
  });
  if (set == 1) return;
  throw validation_error(std::string("Supplied ") + shape.union_name() +
                         (set == 0 ? " is empty" : " has more than one datatypes set") +
                         ", must contain exactly one of the supported datatypes");
}

bool has_rules(const Rules& r) {
  return r.min_length || r.max_length || r.min || r.max || r.pattern || !r.values.empty();
}

// Clients send empty structures, lists and texts for "none".
bool asks_for_nothing(const Json& v) {
  return v == false || (v.is_string() && v.get_ref<const std::string&>().empty()) ||
         (v.is_structured() && v.empty());
}

// Every constraint of a member or key together, as AWS prints them when one is violated.
std::string all_constraints(const Rules& r) {
  std::vector<std::string> all;
  if (r.max_length)
    all.push_back("Member must have length less than or equal to " + std::to_string(*r.max_length));
  if (r.min_length)
    all.push_back("Member must have length greater than or equal to " + std::to_string(*r.min_length));
  if (r.max) all.push_back("Member must have value less than or equal to " + std::to_string(*r.max));
  if (r.min) all.push_back("Member must have value greater than or equal to " + std::to_string(*r.min));
  if (r.pattern) all.push_back(std::string("Member must satisfy regular expression pattern: ") + r.pattern);
  if (!r.values.empty()) all.push_back("Member must satisfy enum value set: " + values_text(r));
  if (r.required) all.push_back("Member must not be null");
  std::string out;
  for (const std::string& text : all) out += (out.empty() ? "" : ", ") + text;
  return "[" + out + "]";
}

class Violations {
 public:
  explicit Violations(PrintValues print) : print_(print) {}

  // A value that is printed stands between quotation marks.
  void add(const std::string* printed, const std::string& path, const std::string& text) {
    if (items_.size() >= 10) return;
    const std::size_t most = std::max(kMaxRepeated - std::min(kMaxRepeated, repeated_), kLeastRepeated);
    std::string value = printed ? "'" + excerpt(*printed, most) + "' " : "null ";
    if (print_ == PrintValues::no) value.clear();
    repeated_ += value.size();
    items_.push_back("Value " + value + "at '" + excerpt(path, kLeastRepeated) +
                     "' failed to satisfy constraint: " + text);
  }
  void throw_if_any() const {
    if (items_.empty()) return;
    std::string out =
        std::to_string(items_.size()) + " validation error" + (items_.size() > 1 ? "s" : "") + " detected: ";
    for (std::size_t i = 0; i < items_.size(); ++i) out += (i ? "; " : "") + items_[i];
    throw validation_error(out);
  }

  void walk(Fields fields, const Json& object, const std::string& prefix) {
    for (const FieldInfo& f : fields) {
      std::string path = f.message_name ? f.message_name : f.name;
      if (path[0] >= 'A' && path[0] <= 'Z') path[0] = static_cast<char>(path[0] + 32);
      path = prefix + path;
      const auto it = object.find(f.name);
      if (it == object.end() || it->is_null()) {
        if (f.rules.required) add(nullptr, path, "Member must not be null");
        continue;
      }
      if (f.refused && asks_for_nothing(*it)) continue;
      std::vector<std::string> wrong;
      if (f.refused)
        wrong.push_back(std::string("Member is not supported: ") + f.refused);
      else
        wrong = violations(f.rules, f.kind, *it);
      if (!wrong.empty()) add_all(printed(f, *it), path, wrong);
      if (f.refused) continue;
      walk_members(f, *it, path);
    }
  }

 private:
  void add_all(const std::string& printed, const std::string& path, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) add(&printed, path, text);
  }

  void walk_structure(AnyShape shape, const Json& object, const std::string& prefix) {
    if (shape.union_name()) check_union(shape, object);
    walk(shape, object, prefix);
  }

  void walk_members(const FieldInfo& f, const Json& v, const std::string& path) {
    if (f.kind == Kind::structure) return walk_structure(f.nested(), v, path + ".");
    if (f.kind != Kind::list && f.kind != Kind::map) return;
    bool keys_ok = true, members_ok = true;
    std::size_t n = 0;
    for (const auto& [key, e] : v.items()) {
      if (f.kind == Kind::map) keys_ok = keys_ok && violations(f.key_rules, Kind::string, key).empty();
      if (f.element_kind == Kind::structure && e.is_object())
        walk_structure(f.nested(), e,
                       path + "." + (f.kind == Kind::map ? key : std::to_string(++n)) + ".member.");
      else if (e.is_null())
        members_ok = members_ok && !f.element_rules.required;
      else if (has_rules(f.element_rules))
        members_ok = members_ok && violations(f.element_rules, f.element_kind, e).empty();
    }
    if (keys_ok && members_ok) return;
    const std::string value = printed(f.kind, v);
    if (!keys_ok) add(&value, path, "Map keys must satisfy constraint: " + all_constraints(f.key_rules));
    if (!members_ok)
      add(&value, path,
          (f.kind == Kind::map ? "Map value must satisfy constraint: " : "Member must satisfy constraint: ") +
              all_constraints(f.element_rules));
  }

  const PrintValues print_;
  std::vector<std::string> items_;
  std::size_t repeated_ = 0;  // bytes of their values
};

}  // namespace

Json parse_object(std::string_view body) {
  Json value = parse_json(body);
  if (!value.is_object()) throw serialization_error("");
  return value;
}

void check_blob(const std::string& text) {
  const auto fail = [&](const std::string& why) {
    throw serialization_error("'" + excerpt(text, kMaxRepeated) + "' can not be converted to a Blob: " + why);
  };
  if (text.size() % 4 != 0)
    fail("Base64 encoded length is expected a multiple of 4 bytes but found: " + std::to_string(text.size()));
  const std::size_t digits = text.find_last_not_of('=') + 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool digit =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    const bool pad = c == '=' && i >= digits && i + 2 >= text.size();
    if (!digit && !pad) fail(std::string("Invalid Base64 character: '") + c + "'");
  }
  if (!base64_decode(text)) fail("Invalid last non-pad Base64 character dectected");
}

void check_types(Fields fields, const Json& object) {
  for (const FieldInfo& f : fields)
    if (const auto it = object.find(f.name); it != object.end()) check_type(f.kind, *it, f);
}

void check_constraints(Fields fields, const Json& object, PrintValues print) {
  Violations all(print);
  all.walk(fields, object, "");
  all.throw_if_any();
}

ApiError serialization_error(const std::string& message) { return {400, "SerializationException", message}; }
ApiError validation_error(const std::string& message) { return {400, "ValidationException", message}; }

std::size_t java_length(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) n += byte >= 0xF0 ? 2 : 1;
  }
  return n;
}

}  // namespace millrace
