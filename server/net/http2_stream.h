// A request over HTTP/2 and its answer: what the session, which frames it, and the connection, which has it
// handled, both know of it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "api/core/message.h"
#include "server/net/deadline.h"
#include "server/net/memory_budget.h"

namespace millrace::net {

struct Http2Stream {
  Http2Stream(std::int32_t stream_id, std::chrono::seconds idle_timeout, std::size_t& held_heads)
      : id(stream_id), deadline(idle_timeout), held_head_bytes(held_heads) {}
  Http2Stream(const Http2Stream&) = delete;
  ~Http2Stream() { held_head_bytes -= head_bytes; }

  const std::int32_t id;
  bool open = true;  // false: the session knows it no more; nothing can be sent
  Deadline deadline;

  // The request. `body` grows until `whole`, and stays as it is once `discarded`.
  HttpRequest request;
  std::size_t head_bytes = 0;
  std::size_t& held_head_bytes;  // of all requests of the session
  std::optional<std::uint64_t> content_length;
  std::uint64_t max_body = UINT64_MAX;  // set by the connection
  bool is_head = false;                 // its method; the request itself is handed on
  bool head_too_large = false, refused = false, body_too_large = false;
  bool accepted = false;  // there is memory for the body
  bool whole = false;
  bool discarded = false;  // what still comes of it is of no interest: it was answered

  // The answer's body: `out`, or the file, or pieces that are put into `out` one after the other.
  enum class Source { text, file, pieces };
  Source source = Source::text;
  bool answered = false;
  std::string out;
  std::size_t out_sent = 0;
  FilePart file;
  bool ended = false;    // no more pieces come
  RequestMemory memory;  // until the last byte of a text was sent

  boost::asio::steady_timer* waiter = nullptr;  // of the coroutine that serves it, while it waits

  // Bytes that are to be sent and are at hand.
  [[nodiscard]] std::uint64_t unsent() const {
    return source == Source::file ? file.size : out.size() - out_sent;
  }
};

}  // namespace millrace::net
