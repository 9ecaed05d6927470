// Where the zip archives of functions are kept. The application implements it over the object store.
#pragma once

#include <functional>

#include "api/core/service.h"
#include "api/lambda/runner.h"
#include "storage/result.h"

namespace millrace::lambda {

// Why an object could not be read, in S3's words: {"NoSuchKey", "The specified key does not exist."}.
struct FetchError {
  std::string code, message;
};

[[noreturn]] inline void throw_exception_from_error(const FetchError& e, const boost::source_location&) {
  throw std::logic_error("fetch result not handled: " + e.message);
}

// Owned by the application, outlives every user. Safe from any executor. `zip_of` reads what `put` kept.
class CodeStore : public CodeSource {
 public:
  // Keeps `zip` under its SHA-256 (base64, as clients see it); completes when it is on disk. Putting what is
  // there already is no error. Errors: read_only, io.
  [[nodiscard]] virtual boost::asio::awaitable<storage::Result<void>> put(std::string account,
                                                                          std::string code_sha256,
                                                                          std::string zip) = 0;

  // The archive as a file that can be sent; nullopt when there is none.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<FilePart>> file_of(std::string account,
                                                                                std::string code_sha256) = 0;

  // Removes the archive if `unused` agrees. It is asked when no `put` is under way, on another
  // thread: who means to `put` code and use it makes `unused` say no before that. A failure is logged.
  [[nodiscard]] virtual boost::asio::awaitable<void> discard(std::string account, std::string code_sha256,
                                                             std::function<bool()> unused) = 0;

  // Removes every archive that `used` does not know; at the start.
  [[nodiscard]] virtual boost::asio::awaitable<void> sweep(
      std::function<bool(const std::string& account, const std::string& code_sha256)> used) = 0;

  // The bytes of an object of the caller's object store, at most `limit` of them ("EntityTooLarge").
  [[nodiscard]] virtual boost::asio::awaitable<boost::system::result<std::string, FetchError>> fetch(
      Caller caller, std::string bucket, std::string key, std::uint64_t limit) = 0;
};

}  // namespace millrace::lambda
