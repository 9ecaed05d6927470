#include "server/client/deploy.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "api/core/base64.h"
#include "api/core/json.h"
#include "server/address.h"
#include "server/client/deploy_archive.h"
#include "server/delivery/http_client.h"

namespace millrace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr std::chrono::milliseconds kLook{300};
constexpr std::chrono::seconds kActiveDeadline{60};

// With what the files say of the runtime and handler.
DeploySettings completed(DeploySettings s, const Snapshot& files) {
  const auto has = [&](const char* name) { return files.contains(name); };
  if (s.runtime.empty())
    s.runtime = has("bootstrap")                      ? "provided.al2023"
                : has("index.mjs") || has("index.js") ? "nodejs20.x"
                                                      : "python3.11";
  if (s.handler.empty())
    s.handler = has("lambda_function.py") ? "lambda_function.lambda_handler" : "index.handler";
  return s;
}

// The members of a function's configuration that are named.
Json configuration_of(const DeploySettings& s) {
  Json out = Json::object();
  if (!s.runtime.empty()) out["Runtime"] = s.runtime;
  if (!s.handler.empty()) out["Handler"] = s.handler;
  if (s.timeout_s) out["Timeout"] = *s.timeout_s;
  if (s.memory_mb) out["MemorySize"] = *s.memory_mb;
  for (const std::string& entry : s.environment) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0)
      throw std::runtime_error("--env " + entry + ": not of the form NAME=value");
    out["Environment"]["Variables"][entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return out;
}

std::string message_of(const std::string& body) {
  const Json json = parse_json(body);
  for (const char* name : {"message", "Message"})
    if (json.is_object() && json.contains(name) && json[name].is_string()) return json[name];
  return body;
}

class Deployment {
 public:
  explicit Deployment(DeploySettings settings) : settings_(std::move(settings)) {
    settings_.url = without_slash(std::move(settings_.url));
  }

  void run(const Snapshot& files) {
    if (files.empty()) throw std::runtime_error(settings_.directory + " contains no files");
    const Json changes = configuration_of(settings_);
    const std::string zip = zip_of(settings_.directory, files), encoded = base64_encode(zip);
    const bool there = call("GET", one("/configuration"), {}).has_value();
    if (there) {
      expect(call("PUT", one("/code"), {{"ZipFile", encoded}}));
      if (!changes.empty()) expect(call("PUT", one("/configuration"), changes));
    } else {
      Json all = configuration_of(completed(settings_, files));
      all.update(
          {{"FunctionName", settings_.name}, {"Role", settings_.role}, {"Code", {{"ZipFile", encoded}}}});
      expect(call("POST", kFunctions, all));
    }
    const Json now = wait_until_active();
    std::printf("%s %s: %zu files, %zu bytes, %s\n", there ? "updated" : "created", settings_.name.c_str(),
                files.size(), zip.size(), now.value("CodeSha256", "").c_str());
    std::fflush(stdout);
  }

 private:
  static constexpr const char* kFunctions = "/2015-03-31/functions";
  [[nodiscard]] std::string one(const char* part) const {
    return std::string(kFunctions) + "/" + settings_.name + part;
  }

  // nullopt: there is no such function.
  std::optional<Json> call(const char* method, const std::string& path, const Json& body) {
    delivery::OutRequest request;
    request.method = method;
    request.url = settings_.url + path;
    request.headers = {"Content-Type: application/json"};
    if (!body.empty()) request.body = body.dump();
    request.keys =
        delivery::SigningKeys{settings_.access_key, settings_.secret_key, settings_.region, "lambda"};
    request.timeout = std::chrono::seconds(60);
    const auto answer = http_.send_now(request);
    if (answer.has_error()) throw std::runtime_error("no response from " + answer.error().detail);
    if (answer->status == 404) return std::nullopt;
    if (answer->status < 200 || answer->status > 299)
      throw std::runtime_error(settings_.url + " answered " + std::to_string(answer->status) + ": " +
                               message_of(answer->body));
    Json json = parse_json(answer->body);
    if (!json.is_object())
      throw std::runtime_error(settings_.url + " did not return a JSON object; is it a Millrace server?");
    return json;
  }
  Json expect(std::optional<Json> answer) const {
    if (!answer)
      throw std::runtime_error("the function " + settings_.name + " at " + settings_.url +
                               " no longer exists");
    return *std::move(answer);
  }

  Json wait_until_active() {
    const auto until = std::chrono::steady_clock::now() + kActiveDeadline;
    for (;;) {
      Json now = expect(call("GET", one("/configuration"), {}));
      if (now.value("State", "") == "Active" && now.value("LastUpdateStatus", "") != "InProgress") return now;
      if (std::chrono::steady_clock::now() > until)
        throw std::runtime_error("the function is not active: " +
                                 now.value("StateReason", "no reason given"));
      std::this_thread::sleep_for(kLook);
    }
  }

  DeploySettings settings_;
  delivery::HttpClient http_;
};

}  // namespace

int deploy(const DeploySettings& given) {
  DeploySettings settings = given;
  const fs::path directory = settings.directory;
  if (!fs::is_directory(directory))
    throw std::runtime_error(settings.directory +
                             " is not a directory; specify the directory that contains the function's code");
  if (settings.name.empty()) settings.name = fs::canonical(directory).filename().string();
  Deployment deployment(settings);
  Snapshot deployed = snapshot_of(directory);
  deployment.run(deployed);
  while (settings.watch) {
    std::this_thread::sleep_for(kLook);
    try {
      const Snapshot now = snapshot_of(directory);
      if (now == deployed) continue;
      std::this_thread::sleep_for(kLook);
      if (snapshot_of(directory) != now) continue;  // it is still being written
      deployed = now;
      deployment.run(now);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "millrace: %s\n", e.what());
    }
  }
  return 0;
}

}  // namespace millrace
