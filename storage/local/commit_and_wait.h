// Changes that a background thread makes.
#pragma once

#include <future>
#include <memory>

#include "storage/local/committer.h"

namespace millrace::storage {

// Submits a change and waits for it: whether it was written. `make` is given what the change is to call with
// that, once.
template <class Make>
[[nodiscard]] bool commit_and_wait(Committer& committer, Make&& make) {
  auto written = std::make_shared<std::promise<bool>>();  // shared: a std::function is copied
  auto answer = written->get_future();
  committer.submit(make([written](bool ok) { written->set_value(ok); }));
  return answer.get();
}

}  // namespace millrace::storage
