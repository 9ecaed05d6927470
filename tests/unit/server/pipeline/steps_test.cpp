#include "server/pipeline/steps.h"

#include <gtest/gtest.h>

#include <cstring>

namespace millrace {
namespace {

std::vector<std::string> names(Phase phase) {
  std::vector<std::string> out;
  for (const PipelineStep& step : steps_of(phase)) out.emplace_back(step.name);
  return out;
}

// The order is behaviour: clients see which error comes first. Whoever changes it changes this, too.
TEST(Steps, StandInThisOrder) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(Phase::head),
            (Names{"id", "source", "route", "listener", "host", "origin", "preflight", "caller", "service"}));
  EXPECT_EQ(names(Phase::body), (Names{"signature", "perform", "memory"}));
  EXPECT_EQ(names(Phase::answer), (Names{"ids", "readers", "measure"}));
}

TEST(Steps, HaveAReasonForTheirPlace) {
  for (const Phase phase : {Phase::head, Phase::body, Phase::answer})
    for (const PipelineStep& step : steps_of(phase)) EXPECT_GT(std::strlen(step.reason), 0u) << step.name;
}

TEST(Steps, WaitInThePhaseOfTheBodyAlone) {
  for (const Phase phase : {Phase::head, Phase::body, Phase::answer})
    for (const PipelineStep& step : steps_of(phase)) {
      EXPECT_EQ(step.waiting != nullptr, phase == Phase::body) << step.name;
      EXPECT_NE(step.step != nullptr, step.waiting != nullptr) << step.name;
    }
}

}  // namespace
}  // namespace millrace
