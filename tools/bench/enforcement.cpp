#include "tools/bench/enforcement.h"

#include <fmt/format.h>

#include <cstdlib>

#include "tools/bench/machine.h"
#include "tools/bench/measure.h"
#include "tools/bench/signing.h"

namespace millrace::bench {
namespace {

// Targets: the least share of the rate that is left. A missed target is not an error.
struct Target {
  const char* scenario;
  double share;
};
constexpr Target kTargets[] = {{"put_record", 0.80}, {"put_records_500", 0.85}};

const Keys kRoot{"AKIABENCHBENCHBENCH0", "bench/secret/of/the/first/administrator0"};

Measurement run(const Target& target, const Options& options, bool enforce) {
  sign_with(enforce ? std::optional<Keys>(kRoot) : std::nullopt);
  std::vector<std::string> arguments;
  if (enforce) arguments = {"--auth", "enforce"};
  Instance instance = Instance::millrace(options.fresh(options.durability, std::move(arguments)));
  Measurement m = measure(scenario_named(target.scenario), instance, options.load, false);
  instance.stop();
  sign_with(std::nullopt);
  return m;
}

double cpu_us(const Measurement& m) { return m.cpu_us_per_request.value_or(0); }

}  // namespace

Section enforcement_section(const Options& options) {
  setenv("MILLRACE_ROOT_ACCESS_KEY_ID", kRoot.access_key.c_str(), 1);
  setenv("MILLRACE_ROOT_SECRET_ACCESS_KEY", kRoot.secret.c_str(), 1);
  Section section{.name = "auth", .errors = 0};
  Table figures{.title = "Signatures and permissions (--auth enforce)",
                .notes = {fmt::format("{}.", machine_line(options.directory)),
                          fmt::format("Medians of {} runs of each, in turns.", options.repeat)},
                .header = {"scenario", "req/s off", "req/s enforce", "share", "target", "CPU us/req off",
                           "CPU us/req enforce", "errors"}};
  section.json = nlohmann::json::object();
  for (const Target& target : kTargets) {
    std::vector<Measurement> off, enforce;
    for (unsigned i = 0; i < options.repeat; ++i) {
      off.push_back(run(target, options, false));
      enforce.push_back(run(target, options, true));
    }
    const Measurement a = median(off), b = median(enforce);
    const double share = b.requests_per_s / a.requests_per_s;
    section.errors += a.errors + b.errors;
    for (const Measurement* m : {&a, &b})
      if (!m->first_error.empty()) figures.notes.push_back("- first error: " + m->first_error);
    figures.rows.push_back({target.scenario, fmt::format("{:.0f}", a.requests_per_s),
                            fmt::format("{:.0f}", b.requests_per_s), fmt::format("{:.3f}", share),
                            fmt::format(">= {:.2f}", target.share), fmt::format("{:.1f}", cpu_us(a)),
                            fmt::format("{:.1f}", cpu_us(b)), fmt::format("{}", a.errors + b.errors)});
    section.json[target.scenario] = {{"off", a.requests_per_s},
                                     {"enforce", b.requests_per_s},
                                     {"cpu_us_off", cpu_us(a)},
                                     {"cpu_us_enforce", cpu_us(b)}};
  }
  section.tables.push_back(std::move(figures));
  return section;
}

}  // namespace millrace::bench
