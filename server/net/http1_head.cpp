#include "server/net/http1_head.h"

#include <boost/beast/http/status.hpp>
#include <ctime>

namespace millrace::net {

namespace http = boost::beast::http;

namespace {

std::string_view reason(unsigned status) { return http::obsolete_reason(static_cast<http::status>(status)); }

}  // namespace

// Made once a second and thread.
const std::string& date_text() {
  thread_local std::time_t made = 0;
  thread_local std::string text;
  if (const std::time_t now = std::time(nullptr); now != made) {
    made = now;
    std::tm parts{};
    gmtime_r(&now, &parts);
    char out[64];
    text.assign(out, std::strftime(out, sizeof out, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  return text;
}

Framing framing_of(const HttpResponse& r, unsigned minor_version) {
  if (r.head_length) return {.length = *r.head_length};
  if (const auto* text = std::get_if<std::string>(&r.body)) return {.length = text->size()};
  if (const auto* file = std::get_if<FilePart>(&r.body)) return {.length = file->size};
  return {.chunks = minor_version > 0};
}

std::string head_of(const HttpResponse& response, const Framing& framing, std::string_view connection) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += reason(response.status);
  for (const auto& [name, value] : response.headers) {
    // A line break in a value would let it forge headers.
    if (value.find_first_of("\r\n") != std::string::npos) continue;
    head += "\r\n";
    head += name;
    head += ": ";
    head += value;
  }
  head += "\r\nDate: ";
  head += date_text();
  if (response.status != 204 && response.status != 304) {
    if (framing.length) head += "\r\nContent-Length: " + std::to_string(*framing.length);
    if (framing.chunks) head += "\r\nTransfer-Encoding: chunked";
  }
  if (!connection.empty()) {
    head += "\r\nConnection: ";
    head += connection;
  }
  head += "\r\n\r\n";
  return head;
}

}  // namespace millrace::net
