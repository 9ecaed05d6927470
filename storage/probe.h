// The server's counters, from every layer, in one registry. What they look like to a scraper is not its
// business: whoever shows them walks them with `for_each`.
//
// A part asks for its series once, when it is built, and keeps the reference; counting is then one relaxed
// atomic operation. Asking again with the same name and labels answers the same series, so that two parts may
// share one. Names, units and types follow Prometheus: `millrace_commit_seconds`, base units, counters end in
// `_total`.
#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

using Labels = std::vector<std::pair<std::string, std::string>>;

// A number that only grows. Safe from any thread.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// A number that goes up and down. Safe from any thread.
class Gauge {
 public:
  void set(double v) { value_.store(v, std::memory_order_relaxed); }
  void add(double v) { value_.fetch_add(v, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// How many observations fell into which bucket. Safe from any thread; a reader may see an observation in its
// bucket and not yet in the sum.
class Histogram {
 public:
  // `bounds`: the upper bounds of the buckets, inclusive, ascending; one more bucket takes what is above them
  // all.
  explicit Histogram(std::vector<double> bounds)
      : bounds_(std::move(bounds)),
        buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {
    assert(std::is_sorted(bounds_.begin(), bounds_.end()));
  }

  void observe(double v) {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), v) - bounds_.begin();
    buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(v, std::memory_order_relaxed);
  }

  [[nodiscard]] std::span<const double> bounds() const { return bounds_; }
  // The observations in bucket `at` alone, not those below it; 0 <= at <= bounds().size().
  [[nodiscard]] std::uint64_t bucket(std::size_t at) const {
    return buckets_[at].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t n = 0;
    for (std::size_t i = 0; i <= bounds_.size(); ++i) n += bucket(i);
    return n;
  }
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
  std::atomic<double> sum_{0};
};

// `count` bounds from `first` on, each `factor` times the one before.
[[nodiscard]] inline std::vector<double> exponential_bounds(double first, double factor, std::size_t count) {
  std::vector<double> bounds;
  bounds.reserve(count);
  for (double b = first; bounds.size() < count; b *= factor) bounds.push_back(b);
  return bounds;
}

// The registry. Owned by the application, outlives every part that counts; safe from any thread. Series never
// move, and live as long as the registry; but those of things that come and go (`held_...`) are removed.
class Probes {
 public:
  using Series = std::variant<std::shared_ptr<Counter>, std::shared_ptr<Gauge>, std::shared_ptr<Histogram>>;

  // The series of that name and labels, made if there is none. `help` is taken from the first call for a
  // name. A name has one type; asking for another is the caller's mistake.
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {}) {
    return kept<Counter>(name, help, std::move(labels), [] { return std::make_shared<Counter>(); });
  }
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {}) {
    return kept<Gauge>(name, help, std::move(labels), [] { return std::make_shared<Gauge>(); });
  }
  Histogram& histogram(std::string_view name, std::string_view help, Labels labels,
                       std::vector<double> bounds) {
    return kept<Histogram>(name, help, std::move(labels),
                           [&] { return std::make_shared<Histogram>(std::move(bounds)); });
  }

  // As above, for the series of something that goes away, such as a stream. Shared by the registry and
  // whoever counts, who calls `remove_unheld` after letting go; HeldSeries does.
  std::shared_ptr<Counter> held_counter(std::string_view name, std::string_view help, Labels labels) {
    const std::lock_guard lock(mutex_);
    const auto make = [] { return std::make_shared<Counter>(); };
    return std::get<std::shared_ptr<Counter>>(entry<Counter>(name, help, std::move(labels), make).series);
  }
  std::shared_ptr<Gauge> held_gauge(std::string_view name, std::string_view help, Labels labels) {
    const std::lock_guard lock(mutex_);
    const auto make = [] { return std::make_shared<Gauge>(); };
    return std::get<std::shared_ptr<Gauge>>(entry<Gauge>(name, help, std::move(labels), make).series);
  }
  // Removes the series of all names that have exactly these labels, but for those that somebody holds or that
  // were asked for by reference.
  void remove_unheld(const Labels& labels) {
    const std::lock_guard lock(mutex_);
    for (auto& [name, family] : families_) {
      const auto at = family.series.find(labels);
      if (at == family.series.end() || at->second.kept) continue;
      if (std::visit([](const auto& s) { return s.use_count() == 1; }, at->second.series))
        family.series.erase(at);
    }
  }

  // Calls `visitor.family(name, help)` once for each name, in order, and after it `visitor.series(labels, x)`
  // for each of the name's series, with `x` a const Counter&, Gauge& or Histogram&. Blocks the making of new
  // series, never the counting; the visitor must not call the registry.
  template <class Visitor>
  void for_each(Visitor&& visitor) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, family] : families_) {
      visitor.family(std::string_view(name), std::string_view(family.help));
      for (const auto& [labels, entry] : family.series) {
        std::visit([&](const auto& s) { visitor.series(labels, std::as_const(*s)); }, entry.series);
      }
    }
  }

 private:
  struct Entry {
    Series series;
    bool kept = false;  // a reference to it is out
  };
  struct Family {
    std::string help;
    std::map<Labels, Entry> series;
  };

  template <class T, class Make>
  T& kept(std::string_view name, std::string_view help, Labels labels, Make make) {
    const std::lock_guard lock(mutex_);
    Entry& e = entry<T>(name, help, std::move(labels), make);
    e.kept = true;
    return *std::get<std::shared_ptr<T>>(e.series);
  }

  // The lock is held.
  template <class T, class Make>
  Entry& entry(std::string_view name, std::string_view help, Labels labels, Make make) {
    auto family = families_.find(name);
    if (family == families_.end()) {
      family = families_.emplace(std::string(name), Family{std::string(help), {}}).first;
    }
    auto& all = family->second.series;
    auto series = all.find(labels);
    if (series == all.end()) series = all.emplace(std::move(labels), Entry{make()}).first;
    assert(std::holds_alternative<std::shared_ptr<T>>(series->second.series));
    return series->second;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;  // guarded by mutex_
};

// The labels of something that goes away, and its series. A member before the series that it makes, so that
// they are let go of first: then those that nobody else holds leave the registry.
class HeldSeries {
 public:
  HeldSeries(Probes& registry, Labels labels) : registry_(registry), labels_(std::move(labels)) {}
  HeldSeries(const HeldSeries&) = delete;
  HeldSeries& operator=(const HeldSeries&) = delete;
  ~HeldSeries() { registry_.remove_unheld(labels_); }

  [[nodiscard]] std::shared_ptr<Counter> counter(std::string_view name, std::string_view help) const {
    return registry_.held_counter(name, help, labels_);
  }
  [[nodiscard]] std::shared_ptr<Gauge> gauge(std::string_view name, std::string_view help) const {
    return registry_.held_gauge(name, help, labels_);
  }

 private:
  Probes& registry_;
  const Labels labels_;
};

}  // namespace millrace
