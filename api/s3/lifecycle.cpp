#include "api/s3/lifecycle.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "api/core/base64.h"
#include "api/core/dates.h"
#include "api/core/message.h"
#include "api/s3/errors.h"
#include "api/s3/object_headers.h"
#include "storage/base/ids.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxRules = 1000, kMaxIdBytes = 255;
constexpr int kMaxDepth = 6;  // of Rule, Filter, And, Tag, Key
constexpr std::string_view kRuleElements[] = {"ID",
                                              "Status",
                                              "Prefix",
                                              "Filter",
                                              "Expiration",
                                              "AbortIncompleteMultipartUpload",
                                              "NoncurrentVersionExpiration"};
constexpr std::string_view kTransitions[] = {"Transition", "NoncurrentVersionTransition"};

template <std::size_t N>
bool one_of(std::string_view text, const std::string_view (&all)[N]) {
  return std::find(std::begin(all), std::end(all), text) != std::end(all);
}

std::size_t elements(const pugi::xml_node& node) {
  std::size_t n = 0;
  for (const pugi::xml_node& one : node.children()) n += one.type() == pugi::node_element;
  return n;
}

std::uint64_t number_of(const std::string& text) {
  std::uint64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) throw malformed_xml();
  return v;
}

std::uint32_t days_of(const pugi::xml_node& node, const char* name, std::string_view action) {
  const std::string text = child_text(node, name);
  if (text.starts_with('-') || number_of(text) == 0)
    throw invalid_argument(
        "'" + std::string(name) + "' for " + std::string(action) + " action must be a positive integer", name,
        text);
  const std::uint64_t days = number_of(text);
  if (days > INT32_MAX) throw malformed_xml();
  return static_cast<std::uint32_t>(days);
}

Time date_of(const std::string& text) {
  const auto date = parse_iso8601(text);
  if (!date) throw malformed_xml();
  if (*date != std::chrono::floor<std::chrono::days>(*date))
    throw invalid_argument("'Date' must be at midnight GMT", "Date", text);
  return *date;
}

void read_tag(LifecycleRule& rule, const pugi::xml_node& node) {
  if (!child(node, "Key") || !child(node, "Value")) throw malformed_xml();
  rule.tags.emplace_back(child_text(node, "Key"), child_text(node, "Value"));
  for (std::size_t i = 0; i + 1 < rule.tags.size(); ++i)
    if (rule.tags[i].first == rule.tags.back().first)
      throw invalid_request("Duplicate Tag Keys are not allowed.");
}

void read_condition(LifecycleRule& rule, const pugi::xml_node& node) {
  const std::string_view name = local_name(node);
  if (name == "Prefix") {
    rule.prefix = node.text().get();
  } else if (name == "Tag") {
    read_tag(rule, node);
  } else if (name == "ObjectSizeGreaterThan") {
    rule.larger_than = number_of(node.text().get());
  } else if (name == "ObjectSizeLessThan") {
    rule.smaller_than = number_of(node.text().get());
  } else {
    throw malformed_xml();
  }
}

// One condition, or several of them in And.
void read_filter(LifecycleRule& rule, const pugi::xml_node& filter) {
  if (elements(filter) > 1) throw malformed_xml();
  const pugi::xml_node both = child(filter, "And");
  for (const pugi::xml_node& node : (both ? both : filter).children())
    if (node.type() == pugi::node_element) read_condition(rule, node);
  if (both && elements(both) < 2) throw malformed_xml();
}

void read_expiration(LifecycleRule& rule, const pugi::xml_node& node) {
  if (elements(node) != 1) throw malformed_xml();
  if (child(node, "Days")) {
    rule.days = days_of(node, "Days", "Expiration");
  } else if (child(node, "Date")) {
    rule.date = date_of(child_text(node, "Date"));
  } else if (!child(node, "ExpiredObjectDeleteMarker")) {  // there are none without versions
    throw malformed_xml();
  }
}

void check_noncurrent(const pugi::xml_node& node) {
  if (elements(node) == 0 || !child(node, "NoncurrentDays")) throw malformed_xml();
  (void)days_of(node, "NoncurrentDays", "NoncurrentVersionExpiration");
}

LifecycleRule rule_of(const pugi::xml_node& node) {
  for (const pugi::xml_node& one : node.children()) {
    if (one_of(local_name(one), kTransitions))
      throw operation_not_implemented(std::string(local_name(one)) + " in a lifecycle rule");
    if (one.type() == pugi::node_element && !one_of(local_name(one), kRuleElements)) throw malformed_xml();
  }
  LifecycleRule rule;
  rule.id = child_text(node, "ID");
  if (rule.id.size() > kMaxIdBytes)
    throw invalid_argument("ID length should not exceed allowed limit of 255", "ID", rule.id);
  const std::string status = child_text(node, "Status");
  if (status != "Enabled" && status != "Disabled") throw malformed_xml();
  rule.enabled = status == "Enabled";
  const pugi::xml_node filter = child(node, "Filter"), prefix = child(node, "Prefix");
  if (filter.empty() == prefix.empty()) throw malformed_xml();  // the older form has a prefix alone
  if (prefix) rule.prefix = prefix.text().get();
  if (filter) read_filter(rule, filter);
  const pugi::xml_node expiration = child(node, "Expiration"),
                       noncurrent = child(node, "NoncurrentVersionExpiration"),
                       abort = child(node, "AbortIncompleteMultipartUpload");
  if (!expiration && !noncurrent && !abort)
    throw invalid_request("At least one action needs to be specified in a rule");
  if (expiration) read_expiration(rule, expiration);
  if (noncurrent) check_noncurrent(noncurrent);
  if (abort) {
    rule.abort_days = days_of(abort, "DaysAfterInitiation", "AbortIncompleteMultipartUpload");
    if (!rule.tags.empty())
      throw invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.");
  }
  return rule;
}

std::string new_rule_id() { return base64_encode(random_bytes(24)); }

// Elements and texts alone, without prefixes of namespaces.
void write_plain(XmlWriter& xml, const pugi::xml_node& node, int depth = 0) {
  if (depth > kMaxDepth) throw malformed_xml();
  const std::string name(local_name(node));
  xml.open(name);
  if (name == "Rule" && child_text(node, "ID").empty()) xml.element("ID", new_rule_id());
  if (elements(node) == 0) xml.text(node.text().get());
  for (const pugi::xml_node& one : node.children())
    if (one.type() == pugi::node_element && !(local_name(one) == "ID" && !one.text()))
      write_plain(xml, one, depth + 1);
  xml.close(name);
}

}  // namespace

bool LifecycleRule::applies_to(const storage::Object& object, const Tags& object_tags) const {
  if (!object.key.starts_with(prefix)) return false;
  if (larger_than && object.size <= *larger_than) return false;
  if (smaller_than && object.size >= *smaller_than) return false;
  return std::all_of(tags.begin(), tags.end(), [&](const auto& tag) {
    return std::find(object_tags.begin(), object_tags.end(), tag) != object_tags.end();
  });
}

Lifecycle::Lifecycle(const pugi::xml_node& root) {
  std::set<std::string> ids;
  for (const pugi::xml_node& node : root.children()) {
    if (node.type() != pugi::node_element) continue;
    if (local_name(node) != "Rule" || rules_.size() == kMaxRules) throw malformed_xml();
    rules_.push_back(rule_of(node));
    const std::string& id = rules_.back().id;
    if (!id.empty() && !ids.insert(id).second)
      throw invalid_argument("RuleId must be unique. Found same ID for more than one rule", "ID", id);
  }
  if (rules_.empty()) throw malformed_xml();
}

std::optional<Expiry> Lifecycle::expiry_of(const storage::Object& object) const {
  const Tags tags = tags_of_kept(attribute(object.description.attributes, kTagsAttribute));
  std::optional<Expiry> first;
  for (const LifecycleRule& rule : rules_) {
    if (!rule.enabled || (!rule.days && !rule.date) || !rule.applies_to(object, tags)) continue;
    const Time at = rule.date ? *rule.date : midnight_after(object.modified, *rule.days);
    if (!first || at < first->at) first = Expiry{at, rule.id};
  }
  return first;
}

std::optional<Time> Lifecycle::abort_of(const storage::Upload& upload) const {
  std::optional<Time> first;
  for (const LifecycleRule& rule : rules_) {
    if (!rule.enabled || !rule.abort_days || !upload.key.starts_with(rule.prefix)) continue;
    const Time at = midnight_after(upload.started, *rule.abort_days);
    if (!first || at < *first) first = at;
  }
  return first;
}

Time midnight_after(Time from, std::uint32_t days) {
  return std::chrono::floor<std::chrono::days>(from) + std::chrono::days(days) + std::chrono::days(1);
}

std::string canonical_lifecycle(const pugi::xml_node& root) {
  XmlWriter xml;
  xml.open("LifecycleConfiguration", kNamespace);
  for (const pugi::xml_node& one : root.children())
    if (one.type() == pugi::node_element) write_plain(xml, one);
  xml.close("LifecycleConfiguration");
  return xml.take();
}

std::string expiration_text(const Expiry& expiry) {
  return "expiry-date=\"" + http_date(expiry.at) + "\", rule-id=\"" + percent_encode(expiry.rule_id) + "\"";
}

}  // namespace millrace::s3
