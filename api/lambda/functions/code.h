// A function's code between a request and the code store.
#pragma once

#include "api/lambda/functions/configuration.h"
#include "api/lambda/service.h"

namespace millrace::lambda {

inline constexpr std::uint64_t kMaxCodeStorageBytes = 80530636800;  // an account and region, AWS's quota

struct Code {
  std::string zip, sha256;  // base64
  std::uint64_t unpacked_bytes = 0;
};

// The archive that a request holds or names, looked into. Throws code_missing, several_codes,
// object_not_read, zip_too_large, unzipped_too_large, zip_unreadable, zip_unusable, zip_empty, not_supported.
[[nodiscard]] asio::awaitable<Code> load_code(Lambda& lambda, Caller caller, CodeInput in);

// Keeps the archive, then awaits `store`, which makes a function or a layer use it. Should `store` throw, the
// archive goes again, unless it is used elsewhere.
[[nodiscard]] asio::awaitable<void> keep_code(Lambda& lambda, std::string account, Code code,
                                              asio::awaitable<void> store);

// Removes an archive that a function or layer no longer uses, unless another one does.
[[nodiscard]] asio::awaitable<void> discard_code(Lambda& lambda, std::string account, std::string sha256);
// Likewise, all that a function no longer needs as it was.
[[nodiscard]] asio::awaitable<void> discard_code_of(Lambda& lambda, FunctionPtr before);
// Whether a function, a layer or a request under way has the archive.
[[nodiscard]] bool code_in_use(const Lambda& lambda, const std::string& account, const std::string& sha256);

// A link to the archive for ten minutes, and what is behind it.
[[nodiscard]] std::string code_link(const Lambda& lambda, const std::string& account,
                                    const std::string& sha256);
inline constexpr std::string_view kCodeLinkPrefix = "/_lambda/code/";
// Throws link_expired.
[[nodiscard]] asio::awaitable<HttpResponse> download_code(Lambda& lambda, std::string token);

}  // namespace millrace::lambda
