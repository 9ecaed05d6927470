// Heads of HTTP/2: fields of a request as they come, and the fields of an answer.
#pragma once

#include <nghttp2/nghttp2.h>

#include <optional>
#include <string_view>
#include <vector>

#include "api/core/message.h"

namespace millrace::net {

// Takes one field of a request's head into `request`: pseudo fields become what HTTP/1.1 has in their place.
// False: the request names two hosts, or one that is none, which makes it malformed (RFC 9113, 8.3.1).
[[nodiscard]] bool add_field(HttpRequest& request, std::string_view name, std::string_view value);

// The fields of an answer, as nghttp2 takes them; `fields` is valid as long as this lives and stays in place.
class Http2Head {
 public:
  // `length`: of the body; nullopt when it is not known or there is none by the status.
  Http2Head(const HttpResponse& response, std::optional<std::uint64_t> length);
  Http2Head(const Http2Head&) = delete;

  std::vector<nghttp2_nv> fields;

 private:
  void add(std::string_view name, std::string_view value);

  std::string status_, length_;
  std::vector<std::string> names_;  // in small letters
};

}  // namespace millrace::net
