// CBOR 1.1, the second format of AWS's JSON services and the default of its SDKs for Java: the same documents
// as in JSON, written as RFC 8949 has them, with byte strings for blobs and integers, milliseconds since the
// epoch, for timestamps; in answers under tag 1.
#pragma once

#include <string>
#include <string_view>

#include "api/core/shape.h"

namespace millrace {

// The document in `bytes`, byte strings as binary values; is_discarded() where they are no CBOR, something
// stands behind the document, a map has a key twice or one that is no text, a text is no UTF-8, a number is
// not finite, or the bounds of JSON (json.h) are passed. Tags mean nothing here and are skipped.
[[nodiscard]] Json parse_cbor(std::string_view bytes);

// Parses a request body as a map and turns its timestamps into JSON's seconds. Throws SerializationException,
// without a message, on anything else.
[[nodiscard]] Json parse_cbor_object(Fields fields, std::string_view body);

// What times are written as, under tag 1: integers in CBOR 1.1, floating point numbers in RPC v2.
enum class CborTimes : std::uint8_t { milliseconds, seconds };

// An encoded output in CBOR; members that `fields` does not know go by their JSON type.
[[nodiscard]] std::string to_cbor(const OrderedJson& object, Fields fields,
                                  CborTimes times = CborTimes::milliseconds);

// Appends items to a text, for those who write CBOR without a document tree.
class CborWriter {
 public:
  explicit CborWriter(std::string& out) : out_(out) {}

  void begin_map();  // of unknown length, as AWS writes structures; ends with end()
  void begin_list();
  void end();
  void list_of(std::size_t size);  // that many items follow
  void map_of(std::size_t size);   // that many pairs follow
  void text(std::string_view value);
  void bytes(std::string_view value);
  void integer(std::int64_t value);
  void whole_number(std::uint64_t value);
  void real(double value);
  void boolean(bool value);
  void null();
  void time(Time value);  // milliseconds under tag 1, as AWS has it, where RFC 8949 has seconds
  void time(double seconds);
  // A member of a structure whose value is a text; an absent one is not written at all.
  void member(std::string_view name, std::optional<std::string_view> value) {
    if (!value) return;
    text(name);
    text(*value);
  }
  // What was written elsewhere: one whole item.
  void item(std::string_view encoded) { out_ += encoded; }

 private:
  template <class Encode>
  void put(Encode encode);
  void epoch_time();

  std::string& out_;
};

}  // namespace millrace
