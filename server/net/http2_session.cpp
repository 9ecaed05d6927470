#include "server/net/http2_session.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <new>

#include "server/net/http2_head.h"

namespace millrace::net {

namespace {

// Spare capacity behind a body, for parsers that read in steps of a vector register.
constexpr std::size_t kBodyPadding = 64;
constexpr std::size_t kOutputBytes = 64 << 10;
// Of the connection: how much may be on its way. Memory is bounded by the windows of the streams.
constexpr std::int32_t kConnectionWindow = 4 << 20;
// What the heads of all requests of a connection may take, in bytes and in largest heads, whichever is more.
constexpr std::size_t kMaxHeldHeadBytes = 1 << 20, kMaxHeldHeads = 8;
// Requests given up beyond those that were answered, as some always are.
constexpr std::uint64_t kMaxGivenUp = 200;
// RST_STREAM frames: so many at once, so many a second (CVE-2023-44487).
constexpr std::uint64_t kResetBurst = 1000, kResetRate = 33;
constexpr std::size_t kMaxQueuedAcks = 1000, kMaxContinuations = 16;
constexpr std::size_t kFieldOverhead = 32;  // RFC 9113, 6.5.2

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void check(int error) {
  if (nghttp2_is_fatal(error)) throw std::bad_alloc();  // the one fatal error of submitting
}

HttpResponse plain_text(unsigned status, const char* text) {
  HttpResponse response;
  response.status = status;
  response.headers.add("content-type", "text/plain");
  response.body = std::string(text);
  return response;
}

std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace

// What nghttp2 calls. No exception may pass it.
struct Http2Session::Callbacks {
  template <class Function>
  static int guarded(Function function) {
    try {
      function();
      return 0;
    } catch (const std::exception&) {
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
  static Http2Session& self(void* user) { return *static_cast<Http2Session*>(user); }
  static bool is_request(const nghttp2_frame* f) {
    return f->hd.type == NGHTTP2_HEADERS && f->headers.cat == NGHTTP2_HCAT_REQUEST;
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* f, void* user) {
    if (!is_request(f)) return 0;
    return guarded([&] { self(user).on_begin(f->hd.stream_id); });
  }
  static int header(nghttp2_session*, const nghttp2_frame* f, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    Http2Stream* const stream = self(user).find(f->hd.stream_id);
    if (!stream || !is_request(f)) return 0;  // trailers do not speak for the head
    return guarded([&] { self(user).on_field(*stream, view(name, name_size), view(value, value_size)); });
  }
  // Without this nghttp2 would drop the field and go on.
  static int invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                            const std::uint8_t*, std::size_t, std::uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int frame_recv(nghttp2_session*, const nghttp2_frame* f, void* user) {
    if (f->hd.type != NGHTTP2_HEADERS && f->hd.type != NGHTTP2_DATA) return 0;
    Http2Stream* const stream = self(user).find(f->hd.stream_id);
    if (!stream) return 0;
    return guarded([&] {
      if (f->hd.flags & NGHTTP2_FLAG_END_STREAM) self(user).on_end(*stream);
      if (is_request(f)) self(user).on_head(*stream);
    });
  }
  static int data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                        std::size_t size, void* user) {
    // The connection's window is for all; what a stream may send is held back by its own.
    nghttp2_session_consume_connection(session, size);
    Http2Stream* const stream = self(user).find(id);
    if (!stream) return 0;
    return guarded([&] { self(user).on_data(*stream, view(data, size)); });
  }
  static int frame_send(nghttp2_session* session, const nghttp2_frame* f, void* user) {
    if ((f->hd.type != NGHTTP2_HEADERS && f->hd.type != NGHTTP2_DATA) ||
        !(f->hd.flags & NGHTTP2_FLAG_END_STREAM))
      return 0;
    Http2Stream* const stream = self(user).find(f->hd.stream_id);
    if (!stream || stream->whole) return 0;
    // It was answered before it was read (RFC 9113, 8.1).
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR) == 0
               ? 0
               : NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  static int stream_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    return guarded([&] { self(user).on_close(id, error); });
  }
  static ssize_t read(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most, std::uint32_t* flags,
                      nghttp2_data_source* source, void* user) {
    return self(user).next_part(*static_cast<Http2Stream*>(source->ptr), most, *flags);
  }
  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t bytes,
                       nghttp2_data_source* source, void* user) {
    int result = 0;
    const int failure =
        guarded([&] { result = self(user).send_part(*static_cast<Http2Stream*>(source->ptr), head, bytes); });
    return failure != 0 ? failure : result;
  }

  static nghttp2_session* new_session(Http2Session* user) {
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_option* option = nullptr;
    nghttp2_session* session = nullptr;
    if (nghttp2_session_callbacks_new(&calls) != 0 || nghttp2_option_new(&option) != 0)
      throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_headers_callback(calls, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(calls, header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(calls, invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, frame_recv);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, data_chunk);
    nghttp2_session_callbacks_set_on_frame_send_callback(calls, frame_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, stream_close);
    nghttp2_session_callbacks_set_send_data_callback(calls, send_data);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, kMaxQueuedAcks);
    nghttp2_option_set_max_continuations(option, kMaxContinuations);
    nghttp2_option_set_stream_reset_rate_limit(option, kResetBurst, kResetRate);
    // Clients send users' values as they are; HTTP/1.1 trims them too.
    nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1);
    const int error = nghttp2_session_server_new2(&session, calls, user, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(calls);
    if (error != 0) throw std::bad_alloc();
    return session;
  }
};

Http2Session::Http2Session(Events& events, const ConnectionLimits& limits)
    : events_(events), limits_(limits), session_(Callbacks::new_session(this)) {
  const std::array<nghttp2_settings_entry, 3> settings{
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.max_header},
       {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

bool Http2Session::receive(std::string_view bytes) {
  const ssize_t n =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  // A failure leaves nghttp2 without a word to the peer, who may have deserved one.
  if (n < 0 && !broken_) {
    broken_ = true;
    const std::uint32_t error = n == NGHTTP2_ERR_FLOODED ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR;
    nghttp2_session_terminate_session(session_, error);
  }
  return !broken_;
}

void Http2Session::fill(std::string& out) {
  out_ = &out;
  while (out.size() < kOutputBytes) {
    const std::uint8_t* data = nullptr;
    const ssize_t n = nghttp2_session_mem_send(session_, &data);
    if (n < 0) broken_ = true;  // out of memory
    if (n <= 0) break;
    out.append(view(data, static_cast<std::size_t>(n)));
  }
  out_ = nullptr;
}

bool Http2Session::finished() const {
  return broken_ || (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0);
}

std::size_t Http2Session::queued() const { return nghttp2_session_get_outbound_queue_size(session_); }

Http2Stream* Http2Session::find(std::int32_t id) const {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_, id));
}

void Http2Session::on_begin(std::int32_t id) {
  const auto stream = std::make_shared<Http2Stream>(id, limits_.idle_timeout, held_head_bytes_);
  streams_.emplace(id, stream);
  nghttp2_session_set_stream_user_data(session_, id, stream.get());
}

void Http2Session::on_field(Http2Stream& stream, std::string_view name, std::string_view value) {
  if (stream.head_too_large || stream.refused) return;
  const std::size_t bytes = name.size() + value.size() + kFieldOverhead;
  stream.head_bytes += bytes;
  held_head_bytes_ += bytes;
  stream.head_too_large = stream.head_bytes > limits_.max_header;
  stream.refused = held_head_bytes_ > std::max(kMaxHeldHeadBytes, kMaxHeldHeads * limits_.max_header);
  if (stream.head_too_large || stream.refused) return;
  if (name == "content-length") stream.content_length = number(value);
  if (!add_field(stream.request, name, value)) stream.bad_host = true;
}

void Http2Session::on_head(Http2Stream& stream) {
  stream.is_head = stream.request.method == "HEAD";
  stream.expects_continue = equals_ignoring_case(stream.request.headers.get("expect"), "100-continue");
  // As the request line of HTTP/1.1 has it.
  if (stream.request.method == "CONNECT") stream.request.target = stream.request.headers.get("host");
  if (stream.head_too_large) {
    answer(stream, plain_text(431, "The request's head is larger than --max-header-kib allows.\n"));
  } else if (stream.refused) {
    reset(stream, NGHTTP2_REFUSED_STREAM);
  } else if (stream.bad_host) {
    answer(stream,
           plain_text(400,
                      "The request's :authority or Host is not of the form host[:port], or they differ.\n"));
  } else {
    events_.on_head(streams_.at(stream.id));
  }
}

void Http2Session::on_data(Http2Stream& stream, std::string_view data) {
  if (stream.discarded || stream.body_too_large) return;
  if (stream.handed_on + stream.request.body.size() + data.size() > stream.max_body) {
    stream.body_too_large = true;
    events_.on_body(stream);
    return;
  }
  if (!stream.accepted && !stream.memory.try_cover(stream.request.body.size() + data.size())) {
    stream.no_memory = true;
    stream.discarded = true;
    stream.request.body = std::string();
    events_.on_body(stream);
    return;
  }
  if (stream.request.body.empty())
    stream.request.body.reserve(std::min(stream.content_length.value_or(0), kFirstWindow) + kBodyPadding);
  stream.request.body.append(data);
  if (!stream.passing) stream.deadline.moved(data.size());
  if (stream.accepted && !stream.in_pieces)
    check(nghttp2_session_consume_stream(session_, stream.id, data.size()));
  if (stream.request.body.size() > stream.tell_above) {
    stream.tell_above = UINT64_MAX;
    events_.on_body(stream);
  }
}

void Http2Session::on_end(Http2Stream& stream) {
  stream.whole = true;
  if (!stream.discarded) events_.on_body(stream);
}

void Http2Session::answer(Http2Stream& stream, HttpResponse response) {
  if (!stream.open || stream.answered) return;
  const bool head_only = stream.is_head || response.status == 204 || response.status == 304;
  stream.discarded = true;
  stream.answered = true;
  stream.deadline.begin();
  std::optional<std::uint64_t> length = response.head_length;
  if (auto* const text = std::get_if<std::string>(&response.body)) {
    stream.out = std::move(*text);
    if (!length) length = stream.out.size();
    stream.held = std::move(response.held);
  } else {
    stream.source = Http2Stream::Source::pieces;
  }
  if (response.status == 204 || response.status == 304) length.reset();
  const Http2Head head(response, length);
  const bool body = !head_only && (stream.source == Http2Stream::Source::pieces || stream.unsent() > 0);
  nghttp2_data_provider provider;
  provider.source.ptr = &stream;
  provider.read_callback = Callbacks::read;
  check(nghttp2_submit_response(session_, stream.id, head.fields.data(), head.fields.size(),
                                body ? &provider : nullptr));
}

void Http2Session::give_piece(Http2Stream& stream, std::string piece) {
  if (!stream.open) return;
  stream.out = std::move(piece);
  stream.out_sent = 0;
  stream.deadline.begin();
  check(nghttp2_session_resume_data(session_, stream.id));
}

void Http2Session::end_body(Http2Stream& stream) {
  if (!stream.open) return;
  stream.ended = true;
  stream.deadline.begin();
  check(nghttp2_session_resume_data(session_, stream.id));
}

void Http2Session::reset(Http2Stream& stream, std::uint32_t error) {
  stream.discarded = true;
  if (stream.open) check(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, error));
}

void Http2Session::go_away() {
  check(nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                              NGHTTP2_NO_ERROR, nullptr, 0));
}

void Http2Session::check_deadlines(std::chrono::steady_clock::time_point now) {
  for (const auto& [id, stream] : streams_) {
    if (!stream->deadline.passed(now)) continue;
    stream->deadline.pause();
    reset(*stream, NGHTTP2_CANCEL);
  }
}

void Http2Session::close_all() {
  while (!streams_.empty()) on_close(streams_.begin()->first, NGHTTP2_CANCEL);
}

void Http2Session::on_close(std::int32_t id, std::uint32_t error) {
  const auto place = streams_.find(id);
  if (place == streams_.end()) return;
  const std::shared_ptr<Http2Stream> stream = std::move(place->second);
  streams_.erase(place);
  stream->open = false;
  ++(error == NGHTTP2_NO_ERROR || stream->answered ? answered_ : given_up_);
  if (given_up_ > answered_ + kMaxGivenUp)
    check(nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM));
  events_.on_closed(*stream);
}

ssize_t Http2Session::next_part(Http2Stream& stream, std::size_t most, std::uint32_t& flags) {
  const std::uint64_t left = stream.unsent();
  const bool pieces = stream.source == Http2Stream::Source::pieces;
  if (left == 0 && pieces && !stream.ended) {
    stream.deadline.pause();  // until there is another piece
    return NGHTTP2_ERR_DEFERRED;
  }
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (left <= most && (!pieces || stream.ended)) flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(std::min<std::uint64_t>(left, most));
}

int Http2Session::send_part(Http2Stream& stream, const std::uint8_t* frame_head, std::size_t bytes) {
  static constexpr std::size_t kFrameHead = 9;
  if (out_->size() >= kOutputBytes) return NGHTTP2_ERR_WOULDBLOCK;
  out_->append(view(frame_head, kFrameHead));
  out_->append(stream.out, stream.out_sent, bytes);
  stream.out_sent += bytes;
  stream.deadline.moved(bytes);
  if (stream.source != Http2Stream::Source::pieces || stream.unsent() > 0 || bytes == 0) return 0;
  stream.out.clear();
  stream.out_sent = 0;
  stream.deadline.pause();
  events_.on_piece_sent(stream);
  return 0;
}

}  // namespace millrace::net
