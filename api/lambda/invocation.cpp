#include "api/lambda/invocation.h"

#include <algorithm>

#include "api/core/json.h"
#include "api/core/shape.h"
#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

bool begins_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string place_in(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: " +
         std::to_string(line) + ", column: " + std::to_string(at - line_begin + 1) + "]";
}

}  // namespace

asio::awaitable<boost::system::result<InvokeResult, NotRun>> run_function(Functions& functions,
                                                                          FunctionRunner& runner,
                                                                          FunctionPtr function,
                                                                          std::string payload,
                                                                          InvokeContext context) {
  for (;;) {
    const Functions::CodePin pin(functions, function->account, function->code_sha256);
    const FunctionPtr now =
        functions.find(function->account, function->region, function->name, function->version);
    if (!now) throw function_not_found(function->arn() + ":" + function->version);
    const bool held = now->code_sha256 == function->code_sha256;
    function = now;
    if (!held) continue;
    FunctionSpec spec = functions.spec_of(*function);
    co_return co_await runner.invoke(std::move(spec), std::move(payload), std::move(context));
  }
}

std::optional<std::string> json_trouble(std::string_view text) {
  const JsonCheck check = check_json(text);
  if (check.form == JsonCheck::Form::good) return std::nullopt;
  if (check.form == JsonCheck::Form::too_deep) {
    const std::string most = std::to_string(kMaxJsonDepth);
    return "Document nesting depth (" + std::to_string(kMaxJsonDepth + 1) +
           ") exceeds the maximum allowed (" + most + ", from `StreamReadConstraints.getMaxNestingDepth()`)";
  }
  std::size_t at = std::min(check.at, text.size());
  // The parser stops inside a word; the complaint is about the word.
  while (at > 0 && at < text.size() && begins_word(text[at]) && begins_word(text[at - 1])) --at;
  std::string why;
  if (at >= text.size()) {
    why = "Unexpected end-of-input";
  } else if (begins_word(text[at])) {
    std::size_t end = at;
    while (end < text.size() && begins_word(text[end]) && end - at < 64) ++end;
    why = "Unrecognized token '" + std::string(text.substr(at, end - at)) +
          "': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  } else {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::string shown = byte >= 0x20 && byte < 0x7F ? std::string(1, text[at]) : std::string("?");
    why = "Unexpected character ('" + shown + "' (code " + std::to_string(byte) + "))";
  }
  return why + place_in(text, at);
}

std::optional<std::string> error_message_of(std::string_view payload) {
  const JsonMembers members = json_members(payload, {"errorMessage"});
  const auto message = members.find("errorMessage");
  if (message == members.end()) return std::nullopt;
  const Json text = parse_json(message->second);
  return text.is_string() ? std::optional(text.get<std::string>()) : std::nullopt;
}

}  // namespace millrace::lambda
