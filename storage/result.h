// The result of a storage operation: a value or an error. Storage does not throw and does not choose messages
// for clients; `or_throw` in api/core converts an error to the one that a client receives.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace millrace::storage {

enum class Errc {
  not_found,  // no such shard, row, bucket or object
  trimmed,    // older than what is retained
  closed,     // the shard takes no more records
  read_only,  // the disk is full or broken; writes are refused until it recovers
  busy,       // more waits to be written than may; try again later
  conflict,   // a condition on the present state did not hold
  corrupt,    // a checksum or a stored form is wrong
  io,         // the operating system refused
};

struct Error {
  Errc code;
  std::string detail;  // for the log, not for clients
};

// `.value()` on an error is a programming error; it throws std::logic_error.
[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) {
  throw std::logic_error("storage error not handled: " + e.detail);
}

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace millrace::storage
