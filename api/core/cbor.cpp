#include "api/core/cbor.h"

#include <cbor.h>
#include <simdjson.h>

#include <cmath>

#include "api/core/base64.h"
#include "api/core/codec.h"
#include "api/core/json.h"
#include "api/core/validate.h"

namespace millrace {

namespace {

// Takes libcbor's items one by one. What is open is kept in a list, so that depth costs no stack.
class DocumentBuilder {
 public:
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] bool bad() const { return bad_; }
  [[nodiscard]] Json take() { return std::move(root_); }

  void scalar(Json value) {
    if (chunks_ != Chunks::none) return fail();
    if (put(std::move(value))) complete();
  }
  void negative(std::uint64_t n) {  // means -1 - n
    if (n <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      scalar(-1 - static_cast<std::int64_t>(n));
    else
      scalar(-1.0 - static_cast<double>(n));
  }
  void real(double value) {
    if (!std::isfinite(value)) return fail();
    scalar(value);
  }
  void text(std::string_view value) {
    if (!simdjson::validate_utf8(value)) return fail();
    if (chunks_ == Chunks::none) return scalar(std::string(value));
    append_chunk(Chunks::text, value);
  }
  void bytes(std::string_view value) {
    if (chunks_ == Chunks::none) return scalar(binary(value));
    append_chunk(Chunks::bytes, value);
  }
  void begin_text() { begin_chunks(Chunks::text); }
  void begin_bytes() { begin_chunks(Chunks::bytes); }
  // nullopt: until a break.
  void begin(Json container, std::optional<std::uint64_t> size) {
    if (chunks_ != Chunks::none || open_.size() == kMaxJsonDepth) return fail();
    Json* const place = put(std::move(container));
    if (!place) return fail();  // a key is no container
    if (size == 0) return complete();
    open_.push_back({place, size, {}, false});
  }
  void tag() {
    if (chunks_ != Chunks::none) return fail();
    tagged_ = true;
  }
  void end() {
    if (tagged_) return fail();
    if (chunks_ != Chunks::none) return end_chunks();
    if (open_.empty() || open_.back().left || open_.back().has_key) return fail();
    open_.pop_back();
    complete();
  }

 private:
  enum class Chunks : std::uint8_t { none, text, bytes };
  struct Open {
    Json* container;  // stays where it is: its own container gets no other element before it is complete
    std::optional<std::uint64_t> left;  // elements or pairs to come
    std::string key;
    bool has_key;
  };

  static Json binary(std::string_view value) {
    return Json::binary(std::vector<std::uint8_t>(value.begin(), value.end()));
  }

  void fail() { bad_ = true; }

  // Where the value is now; nullptr if it was a key, or nothing fits here.
  Json* put(Json value) {
    tagged_ = false;
    if (++values_ > kMaxJsonValues) bad_ = true;
    if (bad_) return nullptr;
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Open& open = open_.back();
    if (open.container->is_array()) {
      open.container->push_back(std::move(value));
      return &open.container->back();
    }
    if (!open.has_key) {
      if (!value.is_string()) {
        fail();
      } else {
        open.key = std::move(value.get_ref<std::string&>());
        open.has_key = true;
      }
      return nullptr;
    }
    open.has_key = false;
    auto& members = open.container->get_ref<Json::object_t&>();
    const auto [at, fresh] = members.try_emplace(std::move(open.key), std::move(value));
    if (!fresh) fail();
    return fresh ? &at->second : nullptr;
  }

  // A value is there as a whole, and with it, maybe, what holds it.
  void complete() {
    while (!open_.empty()) {
      Open& open = open_.back();
      if (!open.left || --*open.left > 0) return;
      open_.pop_back();
    }
    done_ = true;
  }

  void begin_chunks(Chunks kind) {
    if (chunks_ != Chunks::none) return fail();
    chunks_ = kind;
    chunk_text_.clear();
  }
  void append_chunk(Chunks kind, std::string_view value) {
    if (chunks_ != kind) return fail();
    chunk_text_ += value;
  }
  void end_chunks() {
    const bool is_text = chunks_ == Chunks::text;
    chunks_ = Chunks::none;
    scalar(is_text ? Json(std::move(chunk_text_)) : binary(chunk_text_));
  }

  Json root_;
  std::vector<Open> open_;
  Chunks chunks_ = Chunks::none;  // inside a string that comes in pieces
  std::string chunk_text_;
  std::size_t values_ = 0;
  bool tagged_ = false, done_ = false, bad_ = false;
};

DocumentBuilder& builder(void* context) { return *static_cast<DocumentBuilder*>(context); }
std::string_view view(cbor_data data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

constexpr cbor_callbacks kCallbacks{
    .uint8 = [](void* c, std::uint8_t v) { builder(c).scalar(v); },
    .uint16 = [](void* c, std::uint16_t v) { builder(c).scalar(v); },
    .uint32 = [](void* c, std::uint32_t v) { builder(c).scalar(v); },
    .uint64 = [](void* c, std::uint64_t v) { builder(c).scalar(v); },
    .negint64 = [](void* c, std::uint64_t v) { builder(c).negative(v); },
    .negint32 = [](void* c, std::uint32_t v) { builder(c).negative(v); },
    .negint16 = [](void* c, std::uint16_t v) { builder(c).negative(v); },
    .negint8 = [](void* c, std::uint8_t v) { builder(c).negative(v); },
    .byte_string_start = [](void* c) { builder(c).begin_bytes(); },
    .byte_string = [](void* c, cbor_data data, std::size_t n) { builder(c).bytes(view(data, n)); },
    .string = [](void* c, cbor_data data, std::size_t n) { builder(c).text(view(data, n)); },
    .string_start = [](void* c) { builder(c).begin_text(); },
    .indef_array_start = [](void* c) { builder(c).begin(Json::array(), std::nullopt); },
    .array_start = [](void* c, std::size_t n) { builder(c).begin(Json::array(), n); },
    .indef_map_start = [](void* c) { builder(c).begin(Json::object(), std::nullopt); },
    .map_start = [](void* c, std::size_t n) { builder(c).begin(Json::object(), n); },
    .tag = [](void* c, std::uint64_t) { builder(c).tag(); },
    .float2 = [](void* c, float v) { builder(c).real(v); },
    .float4 = [](void* c, float v) { builder(c).real(v); },
    .float8 = [](void* c, double v) { builder(c).real(v); },
    .undefined = [](void* c) { builder(c).scalar(nullptr); },
    .null = [](void* c) { builder(c).scalar(nullptr); },
    .boolean = [](void* c, bool v) { builder(c).scalar(v); },
    .indef_break = [](void* c) { builder(c).end(); },
};

void times_to_seconds(Fields fields, Json& object);

void times_to_seconds(Kind kind, const FieldInfo& f, Json& value) {
  if (kind == Kind::timestamp && value.is_number()) value = value.get<double>() / 1000;
  if (kind == Kind::structure && value.is_object()) times_to_seconds(f.nested(), value);
  const bool holds_times = f.element_kind == Kind::timestamp || f.element_kind == Kind::structure;
  if ((kind == Kind::list || kind == Kind::map) && holds_times && value.is_structured())
    for (Json& element : value) times_to_seconds(f.element_kind, f, element);
}

void times_to_seconds(Fields fields, Json& object) {
  for (const FieldInfo& f : fields)
    if (const auto it = object.find(f.name); it != object.end()) times_to_seconds(f.kind, f, *it);
}

// ---- Writing ----

void write_object(CborWriter& out, const OrderedJson& object, Fields fields, CborTimes times);

void write_any(CborWriter& out, const OrderedJson& v) {
  switch (v.type()) {
    case OrderedJson::value_t::object:
      return write_object(out, v, {}, CborTimes::milliseconds);
    case OrderedJson::value_t::array:
      out.list_of(v.size());
      for (const OrderedJson& e : v) write_any(out, e);
      return;
    case OrderedJson::value_t::string:
      return out.text(v.get_ref<const std::string&>());
    case OrderedJson::value_t::boolean:
      return out.boolean(v.get<bool>());
    case OrderedJson::value_t::number_integer:
      return out.integer(v.get<std::int64_t>());
    case OrderedJson::value_t::number_unsigned:
      return out.whole_number(v.get<std::uint64_t>());
    case OrderedJson::value_t::number_float:
      return out.real(v.get<double>());
    default:
      return out.null();
  }
}

void write_value(CborWriter& out, Kind kind, const FieldInfo& f, const OrderedJson& v, CborTimes times) {
  if (kind == Kind::blob && v.is_string())
    return out.bytes(base64_decode(v.get_ref<const std::string&>()).value_or(""));
  if (kind == Kind::timestamp && v.is_number()) {
    if (times == CborTimes::seconds) return out.time(v.get<double>());
    Time time;
    assign(time, Json(v.get<double>()));
    return out.time(time);
  }
  if (kind == Kind::structure && v.is_object()) return write_object(out, v, f.nested(), times);
  if (kind == Kind::list && v.is_array()) {
    out.list_of(v.size());
    for (const OrderedJson& e : v) write_value(out, f.element_kind, f, e, times);
    return;
  }
  if (kind == Kind::map && v.is_object()) {
    out.map_of(v.size());
    for (const auto& [key, e] : v.items()) {
      out.text(key);
      write_value(out, f.element_kind, f, e, times);
    }
    return;
  }
  write_any(out, v);
}

void write_object(CborWriter& out, const OrderedJson& object, Fields fields, CborTimes times) {
  out.begin_map();
  for (const auto& [name, v] : object.items()) {
    out.text(name);
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const FieldInfo& f) { return name == f.name; });
    if (field == fields.end())
      write_any(out, v);
    else
      write_value(out, field->kind, *field, v, times);
  }
  out.end();
}

}  // namespace

Json parse_cbor(std::string_view bytes) {
  DocumentBuilder document;
  const auto* data = reinterpret_cast<cbor_data>(bytes.data());
  std::size_t at = 0;
  while (at < bytes.size() && !document.done()) {
    const cbor_decoder_result item = cbor_stream_decode(data + at, bytes.size() - at, &kCallbacks, &document);
    if (item.status != CBOR_DECODER_FINISHED || document.bad()) return Json(Json::value_t::discarded);
    at += item.read;
  }
  if (!document.done() || at != bytes.size()) return Json(Json::value_t::discarded);
  return document.take();
}

Json parse_cbor_object(Fields fields, std::string_view body) {
  Json object = parse_cbor(body);
  if (!object.is_object()) throw serialization_error("");
  times_to_seconds(fields, object);
  return object;
}

std::string to_cbor(const OrderedJson& object, Fields fields, CborTimes times) {
  std::string out;
  CborWriter writer(out);
  write_object(writer, object, fields, times);
  return out;
}

template <class Encode>
void CborWriter::put(Encode encode) {
  static constexpr std::size_t kMaxHeadBytes = 9;
  unsigned char head[kMaxHeadBytes];
  out_.append(reinterpret_cast<const char*>(head), encode(head, kMaxHeadBytes));
}

void CborWriter::begin_map() { put(cbor_encode_indef_map_start); }
void CborWriter::begin_list() { put(cbor_encode_indef_array_start); }
void CborWriter::end() { put(cbor_encode_break); }
void CborWriter::null() { put(cbor_encode_null); }
void CborWriter::list_of(std::size_t size) {
  put([&](unsigned char* p, std::size_t n) { return cbor_encode_array_start(size, p, n); });
}
void CborWriter::map_of(std::size_t size) {
  put([&](unsigned char* p, std::size_t n) { return cbor_encode_map_start(size, p, n); });
}
void CborWriter::text(std::string_view value) {
  put([&](unsigned char* p, std::size_t n) { return cbor_encode_string_start(value.size(), p, n); });
  out_ += value;
}
void CborWriter::bytes(std::string_view value) {
  put([&](unsigned char* p, std::size_t n) { return cbor_encode_bytestring_start(value.size(), p, n); });
  out_ += value;
}
void CborWriter::integer(std::int64_t value) {
  if (value >= 0) return whole_number(static_cast<std::uint64_t>(value));
  const auto below_zero = static_cast<std::uint64_t>(-1 - value);
  put([&](unsigned char* p, std::size_t n) { return cbor_encode_negint(below_zero, p, n); });
}
void CborWriter::whole_number(std::uint64_t value) {
  put([&](unsigned char* p, std::size_t n) { return cbor_encode_uint(value, p, n); });
}
void CborWriter::real(double value) {
  put([&](unsigned char* p, std::size_t n) { return cbor_encode_double(value, p, n); });
}
void CborWriter::epoch_time() {
  constexpr std::uint64_t kEpochTime = 1;
  put([&](unsigned char* p, std::size_t n) { return cbor_encode_tag(kEpochTime, p, n); });
}
void CborWriter::time(Time value) {
  epoch_time();
  integer(value.time_since_epoch().count());
}
void CborWriter::time(double seconds) {
  epoch_time();
  real(seconds);
}
void CborWriter::boolean(bool value) {
  put([&](unsigned char* p, std::size_t n) { return cbor_encode_bool(value, p, n); });
}

}  // namespace millrace
