#include "server/doctor/loss_runs.h"

#include <algorithm>

namespace millrace {

using storage::Loss;

void LossRuns::add(const Loss& loss, Instant now) {
  const auto run = std::find_if(runs_.rbegin(), runs_.rend(), [&](const Run& r) {
    return r.loss.shard == loss.shard && r.loss.cause == loss.cause &&
           (r.loss.next == loss.first || loss.next == r.loss.first);
  });
  if (run == runs_.rend()) {
    runs_.push_back({loss, now, now});
    return;
  }
  run->loss.first = std::min(run->loss.first, loss.first);
  run->loss.next = std::max(run->loss.next, loss.next);
  run->grew = now;
}

LossRuns::Instant LossRuns::due(const Run& run) {
  return std::min<Instant>(run.grew + kQuiet, run.began + kLongest);
}

LossRuns::Instant LossRuns::due() const {
  if (runs_.size() > kMost) return Instant::min();
  Instant first = Instant::max();
  for (const Run& run : runs_) first = std::min(first, due(run));
  return first;
}

std::vector<Loss> LossRuns::take_due(Instant now) {
  const std::size_t too_many = runs_.size() - std::min(runs_.size(), kMost);
  std::vector<Loss> out;
  std::vector<Run> left;
  for (Run& run : runs_)
    if (out.size() < too_many || due(run) <= now)
      out.push_back(std::move(run.loss));
    else
      left.push_back(std::move(run));
  runs_ = std::move(left);
  return out;
}

}  // namespace millrace
