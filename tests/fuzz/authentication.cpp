// Who sent a request, by its Authorization header or its query: the first line is the header, the second the
// target, the rest a date.
#include "api/core/authentication.h"

#include "tests/fuzz/expect.h"

namespace {

std::string take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return std::string(line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  std::string_view text = fuzz::view(data, size);
  HttpRequest request;
  request.method = "POST";
  request.headers.add("Authorization", take_line(text));
  request.target = "/" + take_line(text);
  if (!text.empty()) request.headers.add("X-Amz-Date", std::string(text));

  const Caller caller = caller_of(credential_of(request), "us-east-1");
  fuzz::expect(caller.account.size() == 12, "an account has twelve digits");
  try {
    check_authentication_form(request);
    fuzz::expect(caller.region.find('/') == std::string::npos, "a region is no path");
  } catch (const ApiError& e) {
    fuzz::expect(e.status() == 400 && !e.message().empty(), "a refusal says why");
  }
  for (const auto& [name, value] : parse_query(request.query()))
    fuzz::expect(percent_decode(percent_encode(name)) == name, "what is percent-encoded decodes");
  return 0;
}
