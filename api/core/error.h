// The error that ends a request. Only the functions in a service's errors.h create it: they define code,
// status and text in one place. The protocol of the request encodes it.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "storage/result.h"

namespace millrace {

class ApiError : public std::runtime_error {
 public:
  ApiError(unsigned status, std::string code, const std::string& message)
      : std::runtime_error(message), status_(status), code_(std::move(code)) {}

  [[nodiscard]] unsigned status() const { return status_; }
  [[nodiscard]] const std::string& code() const { return code_; }
  [[nodiscard]] std::string message() const { return what(); }
  // Additional contents of the error, in the form of the service: a complete body for JSON services,
  // additional elements for REST-XML.
  [[nodiscard]] const std::string& detail() const { return detail_; }
  ApiError&& with_detail(std::string detail) && {
    detail_ = std::move(detail);
    return std::move(*this);
  }
  // What the query protocol calls the error, where that is not its code.
  [[nodiscard]] const std::string& query_code() const { return query_code_.empty() ? code_ : query_code_; }
  ApiError&& with_query_code(std::string code) && {
    query_code_ = std::move(code);
    return std::move(*this);
  }

 private:
  unsigned status_;
  std::string code_;
  std::string detail_;
  std::string query_code_;
};

// The error of a request for which no memory becomes available in time.
[[nodiscard]] inline ApiError overloaded() {
  return {503, "ServiceUnavailable", "Too many large requests are being answered; try again."};
}

// A storage error that no operation handles. The pipeline converts read_only and busy to 503, and all others
// to the service's internal failure; it logs the detail.
class StorageFailure : public std::runtime_error {
 public:
  explicit StorageFailure(const storage::Error& e) : std::runtime_error(e.detail), code_(e.code) {}
  [[nodiscard]] storage::Errc code() const { return code_; }

 private:
  storage::Errc code_;
};

// Returns the value, or converts the storage error to an exception. No other function does this.
template <class T>
T or_throw(storage::Result<T> result) {
  if (result.has_error()) throw StorageFailure(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace millrace
