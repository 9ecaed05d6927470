#include "api/lambda/functions/function_rows.h"

#include <cstdio>

#include "api/core/ascii.h"
#include "api/core/rows.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostDigits = 18;  // of a version

Json json_of(const EventInvokeConfig& c) {
  Json j{{"on_success", c.on_success}, {"on_failure", c.on_failure}, {"modified_ms", ms_of(c.modified)}};
  if (c.retries) j["retries"] = *c.retries;
  if (c.max_age_s) j["max_age_s"] = *c.max_age_s;
  return j;
}

EventInvokeConfig event_config_of(const Json& j) {
  EventInvokeConfig c;
  if (j.contains("retries")) c.retries = j["retries"].get<int>();
  if (j.contains("max_age_s")) c.max_age_s = j["max_age_s"].get<int>();
  c.on_success = j.at("on_success");
  c.on_failure = j.at("on_failure");
  c.modified = time_of(j.at("modified_ms"));
  return c;
}

Json json_of(const FunctionUrl& url) {
  Json j{{"id", url.id}, {"created_ms", ms_of(url.created)}, {"modified_ms", ms_of(url.modified)}};
  if (const auto& c = url.cors) {
    j["cors"] = {{"allow_credentials", c->allow_credentials},
                 {"allow_headers", c->allow_headers},
                 {"allow_methods", c->allow_methods},
                 {"allow_origins", c->allow_origins},
                 {"expose_headers", c->expose_headers}};
    if (c->max_age_s) j["cors"]["max_age_s"] = *c->max_age_s;
  }
  return j;
}

FunctionUrl url_of(const Json& j) {
  FunctionUrl url{j.at("id"), time_of(j.at("created_ms")), time_of(j.at("modified_ms")), std::nullopt};
  if (!j.contains("cors")) return url;
  const Json& c = j["cors"];
  url.cors = UrlCors{c.at("allow_credentials"), c.at("allow_headers"),  c.at("allow_methods"),
                     c.at("allow_origins"),     c.at("expose_headers"), std::nullopt};
  if (c.contains("max_age_s")) url.cors->max_age_s = c["max_age_s"].get<int>();
  return url;
}

}  // namespace

std::string key_of(const std::string& account, const std::string& region, const std::string& name) {
  return account + "/" + region + "/" + name;
}
std::string key_of(const Function& f) { return key_of(f.account, f.region, f.name); }

std::string code_key(const std::string& account, const std::string& sha256) { return account + "/" + sha256; }

std::vector<std::string> archives_of(const Function& f) {
  std::vector<std::string> out{f.code_sha256};
  for (const LayerUse& l : f.layers) out.push_back(l.code_sha256);
  return out;
}

bool is_version_number(const std::string& text) { return is_digits(text) && text.size() <= kMostDigits; }

std::string version_key(const std::string& function_key, const std::string& version) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "/%010llu", std::stoull(version));
  return function_key + digits;
}

std::string row_of(const Function& f) {
  Json j{{"version", 1},
         {"account", f.account},
         {"region", f.region},
         {"name", f.name},
         {"function_version", f.version},
         {"last_version", f.last_version},
         {"role", f.role},
         {"runtime", f.runtime},
         {"handler", f.handler},
         {"description", f.description},
         {"timeout_s", f.timeout_s},
         {"memory_mb", f.memory_mb},
         {"ephemeral_mb", f.ephemeral_mb},
         {"code_sha256", f.code_sha256},
         {"code_bytes", f.code_bytes},
         {"revision", f.revision},
         {"modified_ms", ms_of(f.modified)},
         {"tags", f.tags}};
  if (f.environment) j["environment"] = *f.environment;
  for (const LayerUse& l : f.layers)
    j["layers"].push_back({{"arn", l.arn}, {"code_sha256", l.code_sha256}, {"code_bytes", l.code_bytes}});
  if (!f.dead_letter.empty()) j["dead_letter"] = f.dead_letter;
  if (f.published_description) j["published_description"] = *f.published_description;
  if (f.reserved) j["reserved"] = *f.reserved;
  for (const auto& [qualifier, url] : f.urls) j["urls"][qualifier] = json_of(url);
  for (const auto& [qualifier, config] : f.event_configs) j["event_configs"][qualifier] = json_of(config);
  return j.dump();
}

Function function_of(const std::string& row) {
  const Json j = parse_row(row, "a function's");
  Function f;
  f.account = j.at("account");
  f.region = j.at("region");
  f.name = j.at("name");
  f.version = j.value("function_version", std::string(kLatest));
  f.last_version = j.value("last_version", std::uint64_t{0});
  if (j.contains("published_description")) f.published_description = j["published_description"];
  if (j.contains("reserved")) f.reserved = j["reserved"].get<std::uint32_t>();
  if (j.contains("urls"))
    for (const auto& [qualifier, url] : j["urls"].items()) f.urls[qualifier] = url_of(url);
  if (j.contains("event_configs"))
    for (const auto& [qualifier, config] : j["event_configs"].items())
      f.event_configs[qualifier] = event_config_of(config);
  if (j.contains("layers"))
    for (const Json& l : j["layers"])
      f.layers.push_back({l.at("arn"), l.at("code_sha256"), l.at("code_bytes")});
  f.dead_letter = j.value("dead_letter", std::string());
  f.role = j.at("role");
  f.runtime = j.at("runtime");
  f.handler = j.at("handler");
  f.description = j.at("description");
  f.timeout_s = j.at("timeout_s");
  f.memory_mb = j.at("memory_mb");
  f.ephemeral_mb = j.at("ephemeral_mb");
  f.code_sha256 = j.at("code_sha256");
  f.code_bytes = j.at("code_bytes");
  f.revision = j.at("revision");
  f.modified = time_of(j.at("modified_ms"));
  f.tags = j.at("tags").get<std::map<std::string, std::string>>();
  if (j.contains("environment")) f.environment = j["environment"].get<Variables>();
  return f;
}

std::string row_of(const Alias& a) {
  return Json{{"version", 1},
              {"name", a.name},
              {"function_version", a.version},
              {"description", a.description},
              {"revision", a.revision},
              {"additional", a.additional}}
      .dump();
}

Alias alias_of(const std::string& row) {
  const Json j = parse_row(row, "a function's");
  Alias a;
  a.name = j.at("name");
  a.version = j.at("function_version");
  a.description = j.at("description");
  a.revision = j.at("revision");
  a.additional = j.at("additional").get<std::map<std::string, double>>();
  return a;
}

}  // namespace millrace::lambda
