#include "api/iam/model.h"

#include <set>

#include "api/core/base64.h"

namespace millrace::iam {

namespace {

constexpr int kDefaultPage = 100;
constexpr std::string_view kMarkerBegin = "name:";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_printable(char c) { return c >= '!' && c <= '~'; }

std::string compared_key(const std::string& key, TagKeys compared) {
  return compared == TagKeys::exact ? key : auth::lower_case(key);
}

}  // namespace

std::size_t max_inline_policies(EntityKind kind) {
  switch (kind) {
    case EntityKind::user:
      return 2048;
    case EntityKind::group:
      return 5120;
    default:
      return 10240;
  }
}

void check_name(const std::string& name, const char* member) {
  const bool good = std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view("+=,.@_-").find(c) != std::string_view::npos;
  });
  if (!good || name.empty()) throw invalid_name(member);
}

void check_path(const std::string& path, const char* member) {
  if (!path.starts_with('/') || !path.ends_with('/') || !std::all_of(path.begin(), path.end(), is_printable))
    throw invalid_path(member);
}

void check_path_prefix(const std::string& path, const char* member) {
  if (!path.starts_with('/') || !std::all_of(path.begin(), path.end(), is_printable))
    throw invalid_path(member);
}

void check_document(const std::string& document, auth::PolicyKind kind) {
  try {
    (void)auth::parse_policy(document, kind);
  } catch (const auth::MalformedPolicy& e) {
    throw malformed_policy(e.what());
  }
}

void check_trust(const std::string& document) {
  if (counted_size(document) > kMaxTrustPolicy) throw quota_exceeded("ACLSizePerRole", kMaxTrustPolicy);
  check_document(document, auth::PolicyKind::trust);
}

void check_managed(const std::string& document) {
  if (counted_size(document) > kMaxManagedPolicy) throw quota_exceeded("PolicySize", kMaxManagedPolicy);
  check_document(document, auth::PolicyKind::identity);
}

std::size_t counted_size(const std::string& document) {
  return static_cast<std::size_t>(std::count_if(document.begin(), document.end(), [](char c) {
    return c != ' ' && c != '\t' && c != '\n' && c != '\r';
  }));
}

void check_tags(const std::vector<Tag>& tags, TagKeys compared) {
  std::set<std::string> keys;
  for (const Tag& tag : tags) {
    if (auth::lower_case(tag.key).starts_with("aws:")) throw reserved_tag();
    if (!keys.insert(compared_key(tag.key, compared)).second)
      throw duplicate_tags(compared == TagKeys::any_case);
  }
}

void set_tags(std::map<std::string, std::string>& tags, const std::vector<Tag>& changes, TagKeys compared) {
  for (const Tag& tag : changes) {
    remove_tags(tags, {tag.key}, compared);
    tags[tag.key] = tag.value;
  }
  if (tags.size() > kMaxTags) throw too_many_tags();
}

void remove_tags(std::map<std::string, std::string>& tags, const std::vector<std::string>& keys,
                 TagKeys compared) {
  for (const std::string& key : keys) {
    const std::string wanted = compared_key(key, compared);
    std::erase_if(tags, [&](const auto& tag) { return compared_key(tag.first, compared) == wanted; });
  }
}

std::vector<Tag> tags_of(const std::map<std::string, std::string>& tags) {
  std::vector<Tag> out;
  for (const auto& [key, value] : tags) out.push_back({key, value});
  return out;
}

std::string marker_of(const std::string& name) { return base64_encode(std::string(kMarkerBegin) + name); }

std::string name_of_marker(const std::optional<std::string>& marker) {
  if (!marker) return {};
  const auto text = base64_decode(*marker);
  if (!text || !text->starts_with(kMarkerBegin)) throw invalid_marker();
  return text->substr(kMarkerBegin.size());
}

std::size_t page_size(const PageInput& in) {
  return static_cast<std::size_t>(in.max_items.value_or(kDefaultPage));
}

}  // namespace millrace::iam
