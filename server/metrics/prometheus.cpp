#include "server/metrics/prometheus.h"

#include <charconv>
#include <cmath>

namespace millrace {

namespace {

std::string escaped(std::string_view text, bool label) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && label) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double v) {
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  if (std::isnan(v)) return "NaN";
  char out[32];
  const auto [end, error] = std::to_chars(out, out + sizeof out, v);
  return {out, error == std::errc() ? end : out};
}

class Writer final : public Probes::Visitor {
 public:
  void family(std::string_view name, std::string_view help) override {
    name_ = name;
    help_ = help;
    first_ = true;
  }
  void series(const Labels& labels, const Counter& c) override {
    header("counter");
    line("", labels, {}, std::to_string(c.value()));
  }
  void series(const Labels& labels, const Gauge& g) override {
    header("gauge");
    line("", labels, {}, number(g.value()));
  }
  void series(const Labels& labels, const Histogram& h) override {
    header("histogram");
    std::uint64_t below = 0;
    for (std::size_t i = 0; i <= h.bounds().size(); ++i) {
      below += h.bucket(i);
      line("_bucket", labels, i < h.bounds().size() ? number(h.bounds()[i]) : "+Inf", std::to_string(below));
    }
    line("_sum", labels, {}, number(h.sum()));
    line("_count", labels, {}, std::to_string(below));
  }
  std::string take() { return std::move(out_); }

 private:
  void header(const char* type) {
    if (!std::exchange(first_, false)) return;
    out_ += "# HELP " + name_ + " " + escaped(help_, false) + "\n# TYPE " + name_ + " " + type + "\n";
  }
  void line(const char* suffix, const Labels& labels, const std::string& bound, const std::string& value) {
    out_ += name_ + suffix;
    std::string inside;
    for (const auto& [key, text] : labels)
      inside += (inside.empty() ? "" : ",") + key + "=\"" + escaped(text, true) + '"';
    if (!bound.empty()) inside += (inside.empty() ? "" : ",") + std::string("le=\"") + bound + '"';
    if (!inside.empty()) out_ += "{" + inside + "}";
    out_ += " " + value + "\n";
  }

  std::string out_, name_, help_;
  bool first_ = true;
};

}  // namespace

std::string prometheus_text(const Probes& probes) {
  Writer writer;
  probes.for_each(writer);
  return writer.take();
}

}  // namespace millrace
