// The pass that does what lifecycle rules say: removes objects that expired and aborts uploads that were
// left.
#pragma once

#include <atomic>
#include <map>
#include <utility>

#include "api/s3/lifecycles.h"
#include "storage/clock.h"

namespace millrace::s3 {

// Owned by the S3 service. Safe from any executor.
//
// Everything is due at a midnight (UTC), so that a bucket is looked through once a day, and again when its
// rules change. A run looks at a bounded number of objects and uploads; the next one goes on where it ended.
// What it found is in memory alone: after a restart, the buckets with rules are looked through again.
class Expiration {
 public:
  Expiration(storage::ObjectStore& objects, Lifecycles& lifecycles, const Clock& clock)
      : objects_(objects), lifecycles_(lifecycles), clock_(clock) {}

  struct Done {
    std::uint64_t objects = 0, uploads = 0;
  };
  // Returns at once while another run is under way. Throws StorageFailure.
  [[nodiscard]] boost::asio::awaitable<Done> run();

 private:
  [[nodiscard]] boost::asio::awaitable<Done> run_alone();

  // Where the pass through a bucket is.
  struct Cursor {
    std::string key;
    std::string upload_key, upload_id;
    bool objects_done = false;
  };
  struct Progress {
    std::size_t fingerprint;  // of the rules that the bucket was looked through with
    std::chrono::sys_days day;
  };

  // Each takes from `left` what it looks at. True: the bucket's end was reached.
  boost::asio::awaitable<bool> expire(storage::BucketId bucket, const Lifecycle& rules, std::size_t* left,
                                      Done* done);
  boost::asio::awaitable<bool> abort(storage::BucketId bucket, const Lifecycle& rules, std::size_t* left,
                                     Done* done);
  boost::asio::awaitable<bool> look_through(storage::BucketId bucket, std::size_t* left, Done* done);

  storage::ObjectStore& objects_;
  Lifecycles& lifecycles_;
  const Clock& clock_;
  std::atomic<bool> running_ = false;
  // Of the run under way.
  storage::BucketId at_;  // the bucket that the last run finished
  Cursor cursor_;         // in the one behind it
  std::map<std::pair<std::string, std::string>, Progress> looked_through_;
};

}  // namespace millrace::s3
