#include "server/access/condition_keys.h"

#include <array>

#include "api/core/dates.h"
#include "api/lambda/resources.h"

namespace millrace::access {

namespace {

using auth::KeyValues;
using Values = std::optional<KeyValues>;

// Of a header in a condition: a policy with many wildcards takes time by the length of the text.
constexpr std::size_t kMaxHeaderBytes = 1024;

Values one(std::string value) { return KeyValues{std::move(value)}; }
Values header(const Request& request, std::string_view name) {
  const auto value = request.http.headers.find(name);
  return value ? one(std::string(value->substr(0, kMaxHeaderBytes))) : std::nullopt;
}
Values text(const InputView& input, std::string_view member) {
  const auto value = input.text(member);
  return value ? one(std::string(*value)) : std::nullopt;
}
Values not_empty(const std::string& value) { return value.empty() ? std::nullopt : one(value); }

// ---- Tags of a request: a map, or a list of objects with Key and Value ----

// KMS has names of its own.
void add_tag(const OrderedJson& tag, std::map<std::string, std::string>& out) {
  for (const auto& [key, value] : {std::pair("Key", "Value"), std::pair("TagKey", "TagValue")}) {
    if (!tag.is_object() || !tag.contains(key) || !tag[key].is_string()) continue;
    out[tag[key].get<std::string>()] =
        tag.contains(value) && tag[value].is_string() ? tag[value].get<std::string>() : "";
  }
}

std::map<std::string, std::string> tags_in(const OrderedJson& document) {
  std::map<std::string, std::string> out;
  for (const char* member : {"Tags", "tags"}) {
    const auto at = document.find(member);
    if (at == document.end()) continue;
    if (at->is_object()) {
      for (const auto& [key, value] : at->items())
        if (value.is_string()) out[key] = value.get<std::string>();
    } else if (at->is_array()) {
      for (const auto& tag : *at) add_tag(tag, out);
    }
  }
  return out;
}

KeyValues tag_keys(const OrderedJson& document) {
  KeyValues out;
  for (const auto& [key, value] : tags_in(document)) out.push_back(key);
  for (const char* member : {"TagKeys", "tagKeys"})
    if (const auto at = document.find(member); at != document.end() && at->is_array())
      for (const auto& key : *at)
        if (key.is_string()) out.push_back(key.get<std::string>());
  return out;
}

Values find_tag(const std::map<std::string, std::string>& tags, std::string_view key) {
  // The key reached this in small letters; tags that differ in case only are rare, and the first counts.
  for (const auto& [name, value] : tags)
    if (equals_ignoring_case(name, key)) return one(value);
  return std::nullopt;
}

std::optional<std::string_view> behind(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return std::nullopt;
  return key.substr(prefix.size());
}

Values tag_value(const KeyedRequest& keyed, std::string_view key) {
  if (key == "aws:tagkeys") {
    KeyValues keys = tag_keys(keyed.input.document());
    return keys.empty() ? std::nullopt : Values(std::move(keys));
  }
  if (const auto tag = behind(key, "aws:requesttag/")) return find_tag(tags_in(keyed.input.document()), *tag);
  for (const char* prefix : {"aws:resourcetag/", "iam:resourcetag/", "s3:buckettag/"})
    if (const auto tag = behind(key, prefix))
      return find_tag(keyed.facts.tags_of(keyed.demand.resource), *tag);
  return std::nullopt;
}

// ---- Keys by their names ----

struct Key {
  std::string_view name;  // in small letters
  Values (*values)(const KeyedRequest& keyed);
};

constexpr Key kGlobal[] = {
    {"aws:sourceip", [](const KeyedRequest& k) { return not_empty(k.request.caller.source); }},
    {"aws:sourcevpce", [](const KeyedRequest& k) { return not_empty(k.request.caller.listener); }},
    {"aws:securetransport",
     [](const KeyedRequest& k) { return one(k.request.http.secure ? "true" : "false"); }},
    {"aws:currenttime", [](const KeyedRequest& k) { return one(iso8601_seconds(k.now)); }},
    {"aws:epochtime",
     [](const KeyedRequest& k) {
       return one(std::to_string(
           std::chrono::duration_cast<std::chrono::seconds>(k.now.time_since_epoch()).count()));
     }},
    {"aws:requestedregion", [](const KeyedRequest& k) { return not_empty(k.request.caller.region); }},
    {"aws:useragent", [](const KeyedRequest& k) { return header(k.request, "user-agent"); }},
    {"aws:referer", [](const KeyedRequest& k) { return header(k.request, "referer"); }},
};

constexpr Key kOfServices[] = {
    {"iam:passedtoservice",
     [](const KeyedRequest& k) {
       return k.demand.action == "iam:PassRole" ? one(std::string(k.request.model->name) + ".amazonaws.com")
                                                : std::nullopt;
     }},
    {"iam:policyarn", [](const KeyedRequest& k) { return text(k.input, "PolicyArn"); }},
    {"iam:permissionsboundary", [](const KeyedRequest& k) { return text(k.input, "PermissionsBoundary"); }},
    {"sts:externalid", [](const KeyedRequest& k) { return text(k.input, "ExternalId"); }},
    {"sts:rolesessionname", [](const KeyedRequest& k) { return text(k.input, "RoleSessionName"); }},
    {"lambda:principal", [](const KeyedRequest& k) { return text(k.input, "Principal"); }},
    {"lambda:functionurlauthtype",
     [](const KeyedRequest& k) {
       Values type = text(k.input, "FunctionUrlAuthType");
       return type ? type : text(k.input, "AuthType");
     }},
    {"lambda:eventsourcetoken", [](const KeyedRequest& k) { return text(k.input, "EventSourceToken"); }},
    {"s3:x-amz-acl", [](const KeyedRequest& k) { return header(k.request, "x-amz-acl"); }},
    {"s3:x-amz-server-side-encryption",
     [](const KeyedRequest& k) { return header(k.request, "x-amz-server-side-encryption"); }},
    {"s3:x-amz-storage-class",
     [](const KeyedRequest& k) { return header(k.request, "x-amz-storage-class"); }},
    {"s3:x-amz-copy-source", [](const KeyedRequest& k) { return header(k.request, "x-amz-copy-source"); }},
    {"s3:if-none-match", [](const KeyedRequest& k) { return header(k.request, "if-none-match"); }},
    {"s3:signatureversion", [](const KeyedRequest&) { return one("AWS4-HMAC-SHA256"); }},
    {"s3:authtype",
     [](const KeyedRequest& k) {
       return one(k.request.http.headers.find("authorization") ? "REST-HEADER" : "REST-QUERY-STRING");
     }},
};

// s3:prefix and its like are parameters of the query.
Values query_value(const KeyedRequest& keyed, std::string_view key) {
  const auto name = behind(key, "s3:");
  if (!name || (*name != "prefix" && *name != "delimiter" && *name != "max-keys" && *name != "versionid"))
    return std::nullopt;
  for (const auto& [parameter, value] : parse_query(keyed.request.http.query()))
    if (equals_ignoring_case(parameter, *name)) return one(value);
  return std::nullopt;
}

// The function that an event source mapping is for.
Values function_arn(const KeyedRequest& keyed) {
  std::vector<Resource> named = lambda::whole_function_of(nullptr, keyed.input, keyed.request.caller);
  return named.empty() ? std::nullopt : one(named[0].arn());
}

Values values_of(const KeyedRequest& keyed, std::string_view key) {
  for (const Key& known : kGlobal)
    if (known.name == key) return known.values(keyed);
  for (const Key& known : kOfServices)
    if (known.name == key) return known.values(keyed);
  if (key == "lambda:functionarn") return function_arn(keyed);
  if (Values tag = tag_value(keyed, key)) return tag;
  return query_value(keyed, key);
}

}  // namespace

auth::Context condition_keys(const KeyedRequest& keyed) {
  auth::Context context;
  context.set_lookup([&keyed](std::string_view key) { return values_of(keyed, key); });
  return context;
}

}  // namespace millrace::access
