#include "api/s3/conditions.h"

#include "api/core/dates.h"
#include "api/s3/errors.h"
#include "api/s3/object_headers.h"

namespace millrace::s3 {

namespace {

// Whether one of a comma-separated list of tags, or '*', is `tag`.
bool tag_matches(std::string_view list, std::string_view tag) {
  while (!list.empty()) {
    std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || unquoted_tag(one) == tag) return true;
  }
  return false;
}

struct Names {
  const char *match, *none_match, *modified_since, *unmodified_since;
};
constexpr Names kRead{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"};
constexpr Names kCopy{"x-amz-copy-source-If-Match", "x-amz-copy-source-If-None-Match",
                      "x-amz-copy-source-If-Modified-Since", "x-amz-copy-source-If-Unmodified-Since"};

// RFC 9110, section 13.2.2: tags win over dates.
ReadVerdict check(const Names& names, const Headers& headers, const storage::Object& object, Time now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(object.modified);
  const std::string& tag = object.description.tag;
  if (const auto match = headers.find(names.match)) {
    if (!tag_matches(*match, tag)) throw precondition_failed(names.match);
  } else if (const auto since = parse_http_date(headers.get(names.unmodified_since));
             since && second > *since) {
    throw precondition_failed(names.unmodified_since);
  }
  if (const auto none = headers.find(names.none_match)) {
    if (tag_matches(*none, tag)) return ReadVerdict::not_modified;
  } else if (const auto since = parse_http_date(headers.get(names.modified_since));
             since && second <= *since && *since <= now) {
    return ReadVerdict::not_modified;
  }
  return ReadVerdict::go_on;
}

std::string refused_value(const char* header) {
  return std::string("We don't accept the provided value of ") + header + " header for this API";
}

}  // namespace

storage::Condition write_condition(const Headers& headers) {
  const auto none = headers.find("if-none-match");
  const auto match = headers.find("if-match");
  if (none && match)
    throw not_implemented("If-Match,If-None-Match",
                          "Multiple conditional request headers present in the request");
  if (none) {
    if (*none != "*") throw not_implemented("If-None-Match", refused_value("If-None-Match"));
    return {storage::Condition::Kind::absent, ""};
  }
  if (!match) return {};
  if (*match == "*") throw not_implemented("If-Match", refused_value("If-Match"));
  return {storage::Condition::Kind::tag_is, std::string(unquoted_tag(*match))};
}

void refuse_bypass(const Headers& headers) {
  constexpr std::string_view kHeader = "x-amz-bypass-governance-retention";
  if (headers.find(kHeader))
    throw invalid_argument(std::string(kHeader) + " is only applicable to Object Lock enabled buckets.",
                           kHeader);
}

storage::Condition delete_condition(const Headers& headers) {
  for (const char* name : {"x-amz-if-match-last-modified-time", "x-amz-if-match-size"})
    if (headers.find(name)) throw not_implemented(name);
  const auto match = headers.find("if-match");
  if (!match) return {};
  if (*match == "*") return {storage::Condition::Kind::present, ""};
  return {storage::Condition::Kind::tag_is, std::string(unquoted_tag(*match))};
}

void throw_write_error(const storage::Error& e, const storage::ObjectId& id,
                       const storage::Condition& condition) {
  const bool by_tag = condition.kind == storage::Condition::Kind::tag_is;
  switch (e.code) {
    case storage::Errc::conflict:
      throw precondition_failed(by_tag ? "If-Match" : "If-None-Match");
    case storage::Errc::not_found:
      throw by_tag ? no_such_key(id.key) : no_such_bucket(id.bucket.name);
    case storage::Errc::trimmed:
      throw conditional_conflict(by_tag ? "If-Match" : "If-None-Match", id.key);
    case storage::Errc::busy:
      throw slow_down();
    default:
      throw StorageFailure(e);
  }
}

ReadVerdict check_read(const Headers& headers, const storage::Object& object, Time now) {
  return check(kRead, headers, object, now);
}

void check_copy_source(const Headers& headers, const storage::Object& object, Time now) {
  if (check(kCopy, headers, object, now) == ReadVerdict::not_modified)
    throw precondition_failed(headers.find(kCopy.none_match) ? kCopy.none_match : kCopy.modified_since);
}

}  // namespace millrace::s3
