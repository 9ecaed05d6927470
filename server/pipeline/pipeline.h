// Takes requests along the steps (steps.h). The one place where what is thrown becomes an answer.
#pragma once

#include <deque>

#include "server/net/handler.h"
#include "server/pipeline/context.h"

namespace millrace {

class Pipeline final {
 public:
  // `listeners`: one or more; each has an entrance. Throws std::runtime_error when one names a service that
  // there is not.
  Pipeline(PipelineParts parts, std::vector<Listener> listeners);

  // Takes the requests of a listener, which are counted from 0.
  [[nodiscard]] net::Handler& entrance(std::size_t listener) { return entrances_.at(listener); }

 private:
  class Way;  // of one request

  class Entrance final : public net::Handler {
   public:
    Entrance(const PipelineParts& parts, Listener listener) : parts_(parts), listener_(std::move(listener)) {}

    [[nodiscard]] std::unique_ptr<net::Exchange> begin(HttpRequest head, const net::Peer& peer) override;

   private:
    const PipelineParts& parts_;
    const Listener listener_;
  };

  const PipelineParts parts_;
  std::deque<Entrance> entrances_;
};

}  // namespace millrace
