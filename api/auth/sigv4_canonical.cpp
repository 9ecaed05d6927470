#include "api/auth/sigv4_canonical.h"

#include <algorithm>
#include <vector>

#include "api/core/ascii.h"

namespace millrace::auth {

namespace {

using Names = std::vector<std::string_view>;

Names split(std::string_view text, char separator) {
  Names out;
  out.reserve(12);
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    out.push_back(text.substr(0, end));
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Without blanks at its ends, and one space in place of each run of them.
void append_value(std::string& out, std::string_view value) {
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  bool blank = false;
  for (const char c : value) {
    if (!is_blank(c))
      out += c;
    else if (!blank)
      out += ' ';
    blank = is_blank(c);
  }
}

void append_header(std::string& out, std::string_view name, const Headers& headers) {
  for (const char c : name) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  out += ':';
  bool first = true;
  for (const auto& [given, value] : headers) {
    if (!equals_ignoring_case(given, name)) continue;
    if (!first) out += ',';
    first = false;
    append_value(out, value);
  }
  out += '\n';
}

// The values of one name are sorted too: by the whole of what stands in the canonical query.
void append_query(std::string& out, std::string_view query, bool presigned, bool without_token) {
  if (query.empty()) return;
  QueryParameters parameters = parse_query(query);
  if (presigned)
    std::erase_if(parameters, [&](const auto& p) {
      return p.first == "X-Amz-Signature" || (without_token && p.first == "X-Amz-Security-Token");
    });
  for (auto& [name, value] : parameters) {
    name = percent_encode(name);
    value = percent_encode(value);
  }
  std::sort(parameters.begin(), parameters.end());
  const char* separator = "";
  for (const auto& [name, value] : parameters) {
    out.append(separator).append(name).append("=").append(value);
    separator = "&";
  }
}

void append_path(std::string& out, std::string_view path, bool s3, bool as_sent) {
  if (path.empty() || path == "/")
    out += '/';
  else if (s3)
    out += percent_encode(percent_decode(path), true);
  else
    out += percent_encode(as_sent ? std::string(path) : normalized_path(path), true);
}

bool is_sorted_and_lower(std::string_view signed_headers) {
  const Names names = split(signed_headers, ';');
  return std::is_sorted(names.begin(), names.end()) &&
         std::none_of(signed_headers.begin(), signed_headers.end(),
                      [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::string normalized_path(std::string_view path) {
  Names kept;
  for (const std::string_view segment : split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..")
      kept.push_back(segment);
    else if (!kept.empty())
      kept.pop_back();
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

CanonicalForm choices_of(const SignatureClaim& claim, const HttpRequest& head, const SignedService& service) {
  return {.as_listed = !is_sorted_and_lower(claim.signed_headers),
          .path_as_sent = !service.is_s3() && head.path() != normalized_path(head.path()),
          .without_token =
              !service.is_s3() && claim.form == SignatureForm::query && !claim.session_token.empty()};
}

std::string canonical_request(const SignatureClaim& claim, const HttpRequest& head,
                              const SignedService& service, std::string_view body_hash,
                              const CanonicalForm& form) {
  std::string out;
  out.reserve(1024);
  out.append(head.method).append("\n");
  append_path(out, head.path(), service.is_s3(), form.path_as_sent);
  out += '\n';
  append_query(out, head.query(), claim.form == SignatureForm::query, form.without_token);
  out += '\n';
  // Almost all clients send the names as they stand in the canonical request.
  std::string listed = claim.signed_headers;
  const bool sort = !form.as_listed && !is_sorted_and_lower(listed);
  if (sort) listed = lowered(std::move(listed));
  Names names = split(listed, ';');
  if (sort) std::sort(names.begin(), names.end());
  for (const std::string_view name : names) append_header(out, name, head.headers);
  out += '\n';
  const char* separator = "";
  for (const std::string_view name : names) {
    out.append(separator).append(name);
    separator = ";";
  }
  out.append("\n").append(body_hash);
  return out;
}

}  // namespace millrace::auth
