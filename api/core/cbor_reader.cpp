#include "api/core/cbor_reader.h"

#include <cbor.h>

namespace millrace {

namespace {

using Item = CborReader::Item;
using Type = CborReader::Type;

template <Type type>
void head(void* item, std::size_t size) {
  *static_cast<Item*>(item) = {type, size, {}};
}
template <Type type>
void mark(void* item) {
  *static_cast<Item*>(item) = {type, {}, {}};
}
template <Type type>
void string(void* item, cbor_data data, std::size_t size) {
  *static_cast<Item*>(item) = {type, {}, {reinterpret_cast<const char*>(data), size}};
}

cbor_callbacks callbacks() {
  cbor_callbacks c = cbor_empty_callbacks;
  c.map_start = head<Type::map>;
  c.indef_map_start = mark<Type::map>;
  c.array_start = head<Type::list>;
  c.indef_array_start = mark<Type::list>;
  c.string = string<Type::text>;
  c.byte_string = string<Type::bytes>;
  c.indef_break = mark<Type::end>;
  return c;
}

}  // namespace

Item CborReader::next() {
  static const cbor_callbacks kCallbacks = callbacks();
  Item item;
  const cbor_decoder_result read =
      cbor_stream_decode(reinterpret_cast<cbor_data>(left_.data()), left_.size(), &kCallbacks, &item);
  if (read.status != CBOR_DECODER_FINISHED) return {};
  left_.remove_prefix(read.read);
  return item;
}

}  // namespace millrace
