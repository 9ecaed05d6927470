// A request over HTTP/2 and its answer: what the session, which frames it, and the connection, which has it
// handled, both know of it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "api/core/message.h"
#include "server/net/body_memory.h"
#include "server/net/deadline.h"
#include "server/net/handler.h"

namespace millrace::net {

struct Http2Stream {
  Http2Stream(std::int32_t stream_id, std::chrono::seconds idle_timeout, std::size_t& held_heads)
      : id(stream_id), deadline(idle_timeout), held_head_bytes(held_heads) {}
  Http2Stream(const Http2Stream&) = delete;
  ~Http2Stream() { held_head_bytes -= head_bytes; }

  const std::int32_t id;
  bool open = true;  // false: the session knows it no more; nothing can be sent
  Deadline deadline;

  // The request. Its head is handed on when it is there; its body grows until `whole`, and stays as it is
  // once `discarded`. Of one that goes to a sink it has what came last.
  HttpRequest request;
  std::unique_ptr<Exchange> exchange;  // set by the connection
  bool expects_continue = false;
  std::uint64_t handed_on = 0;  // of the body, no more in `request`
  std::size_t head_bytes = 0;
  std::size_t& held_head_bytes;  // of all requests of the session
  std::optional<std::uint64_t> content_length;
  std::uint64_t max_body = UINT64_MAX;  // set by the connection
  bool is_head = false;                 // its method; the request itself is handed on
  bool head_too_large = false, refused = false, bad_host = false, body_too_large = false;
  BodyMemory memory;       // of the body; set by the connection
  bool no_memory = false;  // for what came of the body
  bool too_slow = false;   // it came too slowly for those who wait for memory
  bool accepted = false;   // there is memory for the whole body, or for as much as the peer may send
  bool passing = false;    // a sink takes what has come; the peer is not what is waited for
  bool in_pieces = false;  // the peer may send more once what has come was handed on
  // How much of the body has come is of interest once it is more than this.
  std::uint64_t tell_above = UINT64_MAX;
  bool whole = false;
  bool discarded = false;  // what still comes of it is of no interest: it was answered

  // The answer's body: `out`, or pieces that are put into `out` one after the other.
  enum class Source { text, pieces };
  Source source = Source::text;
  bool answered = false;
  std::string out;
  std::size_t out_sent = 0;
  bool ended = false;  // no more pieces come
  MemoryHold held;     // counted for a text until its last byte was sent

  boost::asio::steady_timer* waiter = nullptr;  // of the coroutine that serves it, while it waits

  // Bytes that are to be sent and are at hand.
  [[nodiscard]] std::uint64_t unsent() const { return out.size() - out_sent; }
  // Whether the peer holds up memory.
  [[nodiscard]] bool holds_memory() const { return memory.covered() > 0 || unsent() > 0; }
};

}  // namespace millrace::net
