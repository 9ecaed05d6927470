// The error that ends a request. Made only by a service's errors.h, where code, status and text stand once;
// encoded by the service for the protocol the request came in.
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
  // What an error has besides code and message, in the service's own form: a whole body for JSON services,
  // further elements for REST-XML.
  [[nodiscard]] const std::string& detail() const { return detail_; }
  ApiError&& with_detail(std::string detail) && {
    detail_ = std::move(detail);
    return std::move(*this);
  }

 private:
  unsigned status_;
  std::string code_;
  std::string detail_;
};

// A storage failure that no operation foresaw: read_only and io are the server's (503, 500), corrupt too. The
// pipeline answers it as the service's internal failure and logs the detail.
class StorageFailure : public std::runtime_error {
 public:
  explicit StorageFailure(const storage::Error& e) : std::runtime_error(e.detail), code_(e.code) {}
  [[nodiscard]] storage::Errc code() const { return code_; }

 private:
  storage::Errc code_;
};

// The value, or the one place where a storage cause becomes an exception.
template <class T>
T or_throw(storage::Result<T> result) {
  if (result.has_error()) throw StorageFailure(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace millrace
