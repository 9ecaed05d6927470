// Event stream messages: the reader never reads beyond them, and reads what the writer wrote. The first line
// is a header's value, the rest a payload.
#include "api/core/event_stream.h"

#include <stdexcept>

#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  const std::string_view text = fuzz::view(data, size);
  std::string_view rest = text;
  try {
    while (take_event(rest)) fuzz::expect(rest.size() < text.size(), "a message takes its bytes");
  } catch (const std::runtime_error&) {
  }

  const std::string_view value = text.substr(0, text.find('\n'));
  const std::string_view payload = text.substr(std::min(value.size() + 1, text.size()));
  const EventHeaders headers{{":message-type", "event"}, {"name", std::string(value)}};
  const std::string encoded = encode_event(headers, payload);
  std::string_view bytes = encoded;
  const auto event = take_event(bytes);
  fuzz::expect(event && event->headers == headers && event->payload == payload && bytes.empty(),
               "a message is read as it was written");
  for (const std::size_t cut : {encoded.size() - 1, encoded.size() / 2}) {
    std::string_view part = std::string_view(encoded).substr(0, cut);
    fuzz::expect(!take_event(part) && part.size() == cut, "a part of a message is none");
  }
  return 0;
}
