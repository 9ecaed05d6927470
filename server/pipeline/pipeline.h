// Takes requests along the steps (steps.h). The one place where what is thrown becomes an answer.
#pragma once

#include "server/net/handler.h"
#include "server/pipeline/context.h"

namespace millrace {

class Pipeline final : public net::Handler {
 public:
  explicit Pipeline(PipelineParts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::unique_ptr<net::Exchange> begin(HttpRequest head) override;

 private:
  class Way;  // of one request

  const PipelineParts parts_;
};

}  // namespace millrace
