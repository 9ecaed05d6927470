// The head of an HTTP/1 answer.
#pragma once

#include <optional>
#include <string>

#include "api/core/message.h"

namespace millrace::net {

// How the peer sees where a body ends; with neither, by the end of the connection.
struct Framing {
  std::optional<std::uint64_t> length;
  bool chunks = false;
};
[[nodiscard]] Framing framing_of(const HttpResponse& response, unsigned minor_version);

// `connection`: the value of that header; none if it is empty.
[[nodiscard]] std::string head_of(const HttpResponse& response, const Framing& framing,
                                  std::string_view connection);

// The value of a Date header.
[[nodiscard]] const std::string& date_text();

}  // namespace millrace::net
