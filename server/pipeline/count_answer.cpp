// The answer counts against the memory of requests until it is sent.
#include "server/pipeline/steps.h"

namespace millrace::steps {

namespace {

// To give back less is not worth the while.
constexpr std::uint64_t kMuchBytes = 64 << 10;

// Whether the memory that the operation reserved, else what the body had, is enough for the answer, as it
// mostly is. What is more than that is given back.
bool covers(HttpRequest& request, HttpResponse& response) {
  const auto* const text = std::get_if<std::string>(&response.body);
  if (!text || !request.memory) return true;
  request.body = std::string();
  if (response.held.bytes() == 0) response.held = std::move(request.held);
  request.held = MemoryHold();
  if (text->size() > response.held.bytes()) return false;
  if (response.held.bytes() > kMuchBytes) response.held.shrink_to(text->size());
  return true;
}

}  // namespace

asio::awaitable<void> count_answer(const PipelineParts&, Context& context) {
  HttpRequest& request = context.request.http;
  HttpResponse& response = *context.answer;
  if (covers(request, response)) co_return;
  const std::size_t size = std::get<std::string>(response.body).size();
  std::optional<MemoryHold> kept = co_await request.memory->keep(std::move(response.held), size);
  if (!kept) throw overloaded();
  response.held = std::move(*kept);
}

}  // namespace millrace::steps
