// What tests do to the server besides AWS's API: move its clock (`--test-clock`), order faults
// (`--fault-injection`). Unsigned requests to paths that begin with /_millrace/, which no bucket's name can;
// JSON in and out. An endpoint whose flag is off does not exist.
//
//   GET     /_millrace/clock   {"now_ms": 1700000000000, "offset_ms": 0, "held": false}
//   POST    /_millrace/clock   {"advance_ms": 301000}, {"held": true} or both; answers like GET when all that
//                              fell due is done
//   GET     /_millrace/faults  {"faults": [...]}, see api/kinesis/faults.h
//   PUT     /_millrace/faults  replaces them, by what GET answers or the list alone
//   DELETE  /_millrace/faults  clears them
#pragma once

#include <functional>
#include <vector>

#include "api/core/service.h"
#include "api/kinesis/faults.h"
#include "server/test_clock.h"

namespace millrace {

// Owned by the application. Safe from any executor.
class Admin final : public Service {
 public:
  // Work of the background that the time makes due. Run after the clock was moved, in order, each to its end.
  using Due = std::function<asio::awaitable<void>()>;

  // nullptr: the endpoint is off. Both outlive this.
  Admin(TestClock* clock, std::vector<Due> due, kinesis::Faults* faults);

  // Whether it is for here, and not a request to S3 that is signed.
  [[nodiscard]] static bool is_for(const HttpRequest& head);

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override;
  [[nodiscard]] ApiError internal_failure() const override { return {500, "", "internal error"}; }
  [[nodiscard]] std::uint64_t max_body() const override { return 64 << 10; }
  [[nodiscard]] ApiError too_large() const override { return {413, "", "The body is larger than 64 KiB."}; }
  [[nodiscard]] ApiError too_slow() const override { return {408, "", "The body came too slowly."}; }

 private:
  asio::awaitable<HttpResponse> answer(const HttpRequest& request);
  asio::awaitable<void> set_clock(const HttpRequest& request);
  [[nodiscard]] HttpResponse time() const;

  TestClock* const clock_;
  const std::vector<Due> due_;
  kinesis::Faults* const faults_;
};

}  // namespace millrace
