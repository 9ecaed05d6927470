// The registry of all metrics of the server. It does not know any output format: an exporter reads the
// metrics with `for_each`.
// A component requests its series once, when it is constructed, and stores the reference. Counting is then
// one relaxed atomic operation. Another request with the same name and labels returns the same series, so
// that two components can share a series. Names, units and types follow the conventions of Prometheus: base
// units (`millrace_commit_seconds`), and names of counters that end in `_total`.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

using Labels = std::vector<std::pair<std::string, std::string>>;

// A number that only increases. Can be used from any thread.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// A number that can increase and decrease. Can be used from any thread.
class Gauge {
 public:
  void set(double v) { value_.store(v, std::memory_order_relaxed); }
  void add(double v) { value_.fetch_add(v, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// The number of observations per bucket. Can be used from any thread. A reader can see an observation in its
// bucket before it is in the sum.
class Histogram {
 public:
  // `bounds`: the upper bounds of the buckets, inclusive, ascending; one more bucket takes what is above them
  // all.
  explicit Histogram(std::vector<double> bounds);
  ~Histogram();

  void observe(double v);

  [[nodiscard]] std::span<const double> bounds() const { return bounds_; }
  // The observations in bucket `at` alone, not those below it; 0 <= at <= bounds().size().
  [[nodiscard]] std::uint64_t bucket(std::size_t at) const {
    return buckets_[at].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
  std::atomic<double> sum_{0};
};

// `count` bounds from `first` on, each `factor` times the one before.
[[nodiscard]] std::vector<double> exponential_bounds(double first, double factor, std::size_t count);

// The registry. Owned by the application, outlives every part that counts; safe from any thread. Series never
// move, and live as long as the registry; but those of things that come and go (`held_...`) are removed.
class Probes {
 public:
  // Sees every name, in order, and after it each of the name's series.
  class Visitor {
   public:
    virtual ~Visitor() = default;
    virtual void family(std::string_view name, std::string_view help) = 0;
    virtual void series(const Labels& labels, const Counter& counter) = 0;
    virtual void series(const Labels& labels, const Gauge& gauge) = 0;
    virtual void series(const Labels& labels, const Histogram& histogram) = 0;
  };

  Probes();
  ~Probes();
  Probes(const Probes&) = delete;
  Probes& operator=(const Probes&) = delete;

  // The series of that name and labels, made if there is none. `help` is taken from the first call for a
  // name. A name has one type; asking for another is the caller's mistake.
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, Labels labels,
                       std::vector<double> bounds);

  // As above, for the series of something that goes away, such as a stream. Shared by the registry and
  // whoever counts, who calls `remove_unheld` after letting go; HeldSeries does.
  std::shared_ptr<Counter> held_counter(std::string_view name, std::string_view help, Labels labels);
  std::shared_ptr<Gauge> held_gauge(std::string_view name, std::string_view help, Labels labels);
  std::shared_ptr<Histogram> held_histogram(std::string_view name, std::string_view help, Labels labels,
                                            std::vector<double> bounds);
  // Removes the series of all names that have exactly these labels, but for those that somebody holds or that
  // were asked for by reference.
  void remove_unheld(const Labels& labels);

  // Blocks the making of new series, never the counting; the visitor must not call the registry.
  void for_each(Visitor& visitor) const;

 private:
  struct Families;

  mutable std::mutex mutex_;
  const std::unique_ptr<Families> families_;  // guarded by mutex_
};

// The labels of something that goes away, and its series. A member before the series that it makes, so that
// they are let go of first: then those that nobody else holds leave the registry.
class HeldSeries {
 public:
  HeldSeries(Probes& registry, Labels labels);
  HeldSeries(const HeldSeries&) = delete;
  HeldSeries& operator=(const HeldSeries&) = delete;
  ~HeldSeries();

  [[nodiscard]] std::shared_ptr<Counter> counter(std::string_view name, std::string_view help) const;
  [[nodiscard]] std::shared_ptr<Gauge> gauge(std::string_view name, std::string_view help) const;
  [[nodiscard]] std::shared_ptr<Histogram> histogram(std::string_view name, std::string_view help,
                                                     std::vector<double> bounds) const;

 private:
  Probes& registry_;
  const Labels labels_;
};

}  // namespace millrace
