// The registry as Prometheus reads it: text format 0.0.4.
// Source: prometheus.io/docs/instrumenting/exposition_formats.
#pragma once

#include <string>

#include "storage/probe.h"

namespace millrace {

inline constexpr const char* kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

[[nodiscard]] std::string prometheus_text(const Probes& probes);

}  // namespace millrace
