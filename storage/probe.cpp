#include "storage/probe.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <variant>

namespace millrace {

namespace {

using Series = std::variant<std::shared_ptr<Counter>, std::shared_ptr<Gauge>, std::shared_ptr<Histogram>>;

struct Entry {
  Series series;
  bool kept = false;  // a reference to it is out
};
struct Family {
  std::string help;
  std::map<Labels, Entry> series;
};

}  // namespace

struct Probes::Families {
  std::map<std::string, Family, std::less<>> all;

  template <class T, class Make>
  Entry& entry(std::string_view name, std::string_view help, Labels labels, Make make) {
    auto family = all.find(name);
    if (family == all.end()) family = all.emplace(std::string(name), Family{std::string(help), {}}).first;
    auto& series = family->second.series;
    auto at = series.find(labels);
    if (at == series.end()) at = series.emplace(std::move(labels), Entry{make()}).first;
    assert(std::holds_alternative<std::shared_ptr<T>>(at->second.series));
    return at->second;
  }

  template <class T, class Make>
  T& kept(std::string_view name, std::string_view help, Labels labels, Make make) {
    Entry& e = entry<T>(name, help, std::move(labels), make);
    e.kept = true;
    return *std::get<std::shared_ptr<T>>(e.series);
  }

  template <class T>
  std::shared_ptr<T> held(std::string_view name, std::string_view help, Labels labels) {
    return std::get<std::shared_ptr<T>>(
        entry<T>(name, help, std::move(labels), [] { return std::make_shared<T>(); }).series);
  }
};

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)),
      buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {
  assert(std::is_sorted(bounds_.begin(), bounds_.end()));
}
Histogram::~Histogram() = default;

void Histogram::observe(double v) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), v) - bounds_.begin();
  buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(v, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) n += bucket(i);
  return n;
}

std::vector<double> exponential_bounds(double first, double factor, std::size_t count) {
  std::vector<double> bounds;
  bounds.reserve(count);
  for (double b = first; bounds.size() < count; b *= factor) bounds.push_back(b);
  return bounds;
}

Probes::Probes() : families_(std::make_unique<Families>()) {}
Probes::~Probes() = default;

Counter& Probes::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  return families_->kept<Counter>(name, help, std::move(labels), [] { return std::make_shared<Counter>(); });
}
Gauge& Probes::gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  return families_->kept<Gauge>(name, help, std::move(labels), [] { return std::make_shared<Gauge>(); });
}
Histogram& Probes::histogram(std::string_view name, std::string_view help, Labels labels,
                             std::vector<double> bounds) {
  const std::lock_guard lock(mutex_);
  return families_->kept<Histogram>(name, help, std::move(labels),
                                    [&] { return std::make_shared<Histogram>(std::move(bounds)); });
}

std::shared_ptr<Counter> Probes::held_counter(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  return families_->held<Counter>(name, help, std::move(labels));
}
std::shared_ptr<Gauge> Probes::held_gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  return families_->held<Gauge>(name, help, std::move(labels));
}

std::shared_ptr<Histogram> Probes::held_histogram(std::string_view name, std::string_view help, Labels labels,
                                                  std::vector<double> bounds) {
  const std::lock_guard lock(mutex_);
  const auto make = [&] { return std::make_shared<Histogram>(std::move(bounds)); };
  return std::get<std::shared_ptr<Histogram>>(
      families_->entry<Histogram>(name, help, std::move(labels), make).series);
}

void Probes::remove_unheld(const Labels& labels) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, family] : families_->all) {
    const auto at = family.series.find(labels);
    if (at == family.series.end() || at->second.kept) continue;
    if (std::visit([](const auto& s) { return s.use_count() == 1; }, at->second.series))
      family.series.erase(at);
  }
}

void Probes::for_each(Visitor& visitor) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, family] : families_->all) {
    visitor.family(name, family.help);
    for (const auto& [labels, entry] : family.series)
      std::visit([&](const auto& s) { visitor.series(labels, std::as_const(*s)); }, entry.series);
  }
}

HeldSeries::HeldSeries(Probes& registry, Labels labels) : registry_(registry), labels_(std::move(labels)) {}
HeldSeries::~HeldSeries() { registry_.remove_unheld(labels_); }

std::shared_ptr<Counter> HeldSeries::counter(std::string_view name, std::string_view help) const {
  return registry_.held_counter(name, help, labels_);
}
std::shared_ptr<Gauge> HeldSeries::gauge(std::string_view name, std::string_view help) const {
  return registry_.held_gauge(name, help, labels_);
}

std::shared_ptr<Histogram> HeldSeries::histogram(std::string_view name, std::string_view help,
                                                 std::vector<double> bounds) const {
  return registry_.held_histogram(name, help, labels_, std::move(bounds));
}

}  // namespace millrace
