#include "api/core/codec.h"

#include <cmath>
#include <limits>

namespace millrace {

namespace {

template <class T>
T saturated(const Json& v) {
  using Limits = std::numeric_limits<T>;
  if (v.is_number_unsigned())
    return static_cast<T>(
        std::min<std::uint64_t>(v.get<std::uint64_t>(), static_cast<std::uint64_t>(Limits::max())));
  if (v.is_number_integer())
    return static_cast<T>(std::clamp<std::int64_t>(v.get<std::int64_t>(), Limits::min(), Limits::max()));
  const double d = v.get<double>();
  if (d >= static_cast<double>(Limits::max())) return Limits::max();
  if (d <= static_cast<double>(Limits::min())) return Limits::min();
  return static_cast<T>(d);
}

}  // namespace

void assign(std::string& out, const Json& v) { out = v.get_ref<const std::string&>(); }
void assign(bool& out, const Json& v) { out = v.get<bool>(); }
void assign(int& out, const Json& v) { out = saturated<int>(v); }
void assign(std::int64_t& out, const Json& v) { out = saturated<std::int64_t>(v); }
void assign(double& out, const Json& v) { out = v.get<double>(); }
void assign(Blob& out, const Json& v) {
  if (v.is_binary())
    out.bytes.assign(v.get_binary().begin(), v.get_binary().end());
  else
    out.bytes = base64_decode(v.get_ref<const std::string&>()).value_or("");
}
void assign(Time& out, const Json& v) {
  // Beyond the year 9999 nothing is a time; the clamp keeps the conversion to milliseconds defined.
  const double ms = std::clamp(std::round(v.get<double>() * 1000), -6.3e13, 2.6e14);
  out = Time(std::chrono::milliseconds(static_cast<std::int64_t>(ms)));
}

OrderedJson to_json(Time t) { return static_cast<double>(t.time_since_epoch().count()) / 1000; }

}  // namespace millrace
