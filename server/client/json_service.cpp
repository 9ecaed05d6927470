#include "server/client/json_service.h"

#include "api/core/json.h"
#include "server/address.h"

namespace millrace {

using Json = nlohmann::json;

namespace {

// A page of a Scan has 1 MB of items, which take more in JSON; a record has up to 10 MiB.
constexpr std::size_t kMaxAnswer = 32 << 20;
constexpr std::size_t kShownOfBody = 200;

std::string text_member(const Json& json, std::initializer_list<const char*> names) {
  if (json.is_object())
    for (const char* name : names)
      if (const auto found = json.find(name); found != json.end() && found->is_string()) return *found;
  return "";
}

}  // namespace

ServiceError service_error_of(int status, const std::string& body) {
  const Json json = parse_json(body);
  std::string code = text_member(json, {"__type", "code"});
  code.erase(0, code.rfind('#') + 1);  // none: npos + 1 is 0
  std::string message = text_member(json, {"message", "Message"});
  if (message.empty()) message = code.empty() ? body.substr(0, kShownOfBody) : code;
  if (code.empty()) message = "status " + std::to_string(status) + ": " + message;
  return {std::move(code), message};
}

JsonService::JsonService(const Kind& kind, ServerAccess access) : kind_(kind), access_(std::move(access)) {}

Json JsonService::call(const std::string& operation, const Json& input) {
  delivery::OutRequest request;
  request.url = without_slash(access_.url) + "/";
  request.headers = {std::string("Content-Type: application/x-amz-json-") + kind_.json_version,
                     std::string("X-Amz-Target: ") + kind_.target + "." + operation};
  request.body = input.dump(-1, ' ', false, Json::error_handler_t::replace);
  request.keys =
      delivery::SigningKeys{access_.access_key, access_.secret_key, access_.region, kind_.signing_name};
  request.timeout = std::chrono::seconds(60);
  request.max_body = kMaxAnswer;
  const auto answer = http_.send_now(request);
  if (answer.has_error()) throw std::runtime_error("no response from " + answer.error().detail);
  if (answer->status != 200) throw service_error_of(answer->status, answer->body);
  Json json = parse_json(answer->body);
  if (!json.is_object())
    throw std::runtime_error(access_.url + " did not return a JSON object to " + operation +
                             "; is it a Millrace server?");
  return json;
}

}  // namespace millrace
