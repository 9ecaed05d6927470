// What functions and their runtimes answer, and what they are given: any bytes that a runtime posts.
#include <array>

#include "api/core/json.h"
#include "api/lambda/events/destination.h"
#include "api/lambda/invocation.h"
#include "api/lambda/mappings/batch.h"
#include "api/lambda/urls/function_url.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  using namespace millrace::lambda;
  const std::string answer(fuzz::view(data, size));

  const HttpResponse response = url_response(answer);
  fuzz::expect(response.status >= 200 && response.status <= 599, "a URL's answer has a status");

  static const std::array<EventRecord, 3> kRecords{
      {{{{1}, Time(), "k", "a"}, "11"}, {{{2}, Time(), "k", "b"}, "12"}, {{{3}, Time(), "k", "c"}, "13"}}};
  fuzz::expect(read_batch_answer(answer, kRecords).settled <= kRecords.size(), "a batch has an end");
  if (const auto state = read_window_answer(answer)) {
    fuzz::expect(is_json(*state) && state->starts_with('{'), "a window's state is an object");
    WindowState window{Time(), Time(), *state};
    fuzz::expect(is_json(kinesis_event({"arn", "region", "role", "shard"}, kRecords, {&window, false})),
                 "and goes into the next event");
  }
  (void)error_message_of(answer);
  fuzz::expect(json_trouble(answer).has_value() != is_json(answer), "what is no event has a reason");

  EventOutcome outcome{EventOutcome::Condition::retries_exhausted, "id", "arn"};
  outcome.request = answer;
  outcome.response = EventOutcome::Response{"1", answer, "Unhandled"};
  fuzz::expect(is_json(event_notice(outcome, Time())) || check_json(answer).form == JsonCheck::Form::good,
               "a notice is JSON, of at most one level more than what it holds");
  return 0;
}
