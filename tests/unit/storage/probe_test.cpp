#include "storage/probe.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

struct Visitor final : Probes::Visitor {
  std::vector<std::string> lines;
  std::string name;
  void family(std::string_view n, std::string_view) override { name = n; }
  void series(const Labels& labels, const Counter&) override { add(labels); }
  void series(const Labels& labels, const Gauge&) override { add(labels); }
  void series(const Labels& labels, const Histogram&) override { add(labels); }
  void add(const Labels& labels) {
    std::string line = name;
    for (const auto& [key, value] : labels) line += " " + key + "=" + value;
    lines.push_back(line);
  }
};

// The names and labels that a scraper would see.
std::vector<std::string> seen(const Probes& probes) {
  Visitor visitor;
  probes.for_each(visitor);
  return visitor.lines;
}

TEST(Probes, TheSameNameAndLabelsAreTheSameSeries) {
  Probes probes;
  probes.counter("a_total", "", {{"x", "1"}}).add();
  probes.counter("a_total", "", {{"x", "1"}}).add();
  probes.counter("a_total", "", {{"x", "2"}}).add();
  EXPECT_EQ(probes.counter("a_total", "", {{"x", "1"}}).value(), 2u);
  EXPECT_EQ(seen(probes), (std::vector<std::string>{"a_total x=1", "a_total x=2"}));
}

TEST(Probes, HeldSeriesGoWhenNobodyHoldsThem) {
  Probes probes;
  const Labels labels{{"stream", "s"}};
  auto counter = probes.held_counter("a_total", "", labels);
  auto gauge = probes.held_gauge("b", "", labels);
  const auto second = probes.held_counter("a_total", "", labels);
  EXPECT_EQ(counter, second);
  counter.reset();
  gauge.reset();
  probes.remove_unheld(labels);
  EXPECT_EQ(seen(probes), (std::vector<std::string>{"a_total stream=s"})) << "the counter is held by another";
}

TEST(Probes, SeriesAskedForByReferenceStay) {
  Probes probes;
  const Labels labels{{"stream", "s"}};
  (void)probes.held_counter("a_total", "", labels);
  probes.counter("a_total", "", labels).add();
  probes.remove_unheld(labels);
  EXPECT_EQ(probes.counter("a_total", "", labels).value(), 1u);
}

}  // namespace
}  // namespace millrace
