// A request and its response as every service sees them, whatever HTTP version brought them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/core/memory.h"

namespace millrace {

// Header fields in the order they came; names compare without regard to case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  // The first value of `name`; nullopt when there is none. Valid until the headers change.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  // The first value of `name`; empty when there is none.
  [[nodiscard]] std::string_view get(std::string_view name) const { return find(name).value_or(""); }
  void add(std::string name, std::string value) {
    if (fields_.empty()) fields_.reserve(kUsual);
    fields_.emplace_back(std::move(name), std::move(value));
  }
  // Replaces all values of `name`.
  void set(std::string name, std::string value);

  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

 private:
  static constexpr std::size_t kUsual = 12;  // fields of a message of an SDK
  std::vector<Field> fields_;
};

struct HttpRequest {
  std::string method;
  std::string target;  // as it stood in the request line: path, and the query behind '?', percent-encoded
  Headers headers;
  std::string body;                // has simdjson's padding as spare capacity
  bool secure = false;             // came over TLS
  std::string source;              // the peer's address as text; empty where nothing is connected
  MemoryHold held;                 // counted for the body
  std::shared_ptr<Memory> memory;  // of the client's connection; nullptr: nothing is counted

  [[nodiscard]] std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  // The text behind '?'; empty when there is none.
  [[nodiscard]] std::string_view query() const;
};

// A part of an open file; the server sends it without reading it into memory as a whole.
struct FilePart {
  std::shared_ptr<const int> descriptor;  // shared with whoever holds the object open; its deleter closes it
  std::uint64_t offset = 0, size = 0;
};

// A body that is made while it is sent. It is asked for a piece when the peer has taken the last one, so that
// a slow reader makes nothing pile up.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // The next piece, never empty; nullopt: the body ends here. One call at a time, on the connection's
  // io_context; cancelled when the peer goes away or the server stops. What it throws breaks the connection.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<std::string>> next() = 0;
};

struct HttpResponse {
  unsigned status = 200;
  Headers headers;  // without Content-Length, Connection and Date, which the server adds
  std::variant<std::string, FilePart, std::unique_ptr<BodyStream>> body;
  MemoryHold held;  // counted for the body until it is sent; a stream counts its pieces itself
  // For an answer to HEAD: the length of the body that is not sent.
  std::optional<std::uint64_t> head_length;
};

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// Percent-decodes; a '%' that is not followed by two hex digits stands for itself. `plus_is_space` as in
// query strings.
[[nodiscard]] std::string percent_decode(std::string_view text, bool plus_is_space = false);
// Percent-encodes all but unreserved characters (RFC 3986), and '/' if `keep_slash`.
[[nodiscard]] std::string percent_encode(std::string_view text, bool keep_slash = false);
// The decoded name-value pairs of a query, in order; a name without '=' has an empty value.
[[nodiscard]] QueryParameters parse_query(std::string_view query);

[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace millrace
