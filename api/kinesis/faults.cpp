#include "api/kinesis/faults.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <stdexcept>

#include "api/core/json.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

constexpr std::int64_t kMaxDelayMs = 300'000;
constexpr std::size_t kMaxMessage = 4096;
constexpr std::chrono::milliseconds kStopLook{100};  // how often a delay looks whether the server stops

[[noreturn]] void refuse(const std::string& text) { throw std::invalid_argument(text); }

bool is_name(std::string_view text, std::size_t longest, std::string_view besides) {
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           besides.find(c) != std::string_view::npos;
  });
}

bool is_operation(std::string_view name) {
  const auto all = operations();
  return std::any_of(all.begin(), all.end(), [&](const Operation* op) { return op->name == name; });
}

// The codes that AWS does not answer with 400.
unsigned status_of(std::string_view code) {
  if (code == "InternalFailure" || code == "InternalFailureException" || code == "InternalServerError")
    return 500;
  if (code == "ServiceUnavailable" || code == "ServiceUnavailableException") return 503;
  return 400;
}

void check(const Fault& f) {
  if (f.stream != "*" && !is_name(f.stream, 128, "_.-"))
    refuse("stream \"" + f.stream + "\" must be a stream name or *");
  if (f.operation != "*" && !is_operation(f.operation))
    refuse("operation \"" + f.operation + "\" must be a supported operation or *");
  if (!(f.share >= 0 && f.share <= 1)) refuse("share must be a number from 0 to 1");
  if (f.error.empty() && f.delay.count() == 0) refuse("a fault must have an error, a delay_ms, or both");
  if (!f.error.empty() && !is_name(f.error, 128, ""))
    refuse("error \"" + f.error + "\" is not an error code");
  if (f.error.empty() && (f.status != 0 || !f.message.empty())) refuse("status and message require an error");
  if (f.status != 0 && (f.status < 400 || f.status > 599)) refuse("status must be a number from 400 to 599");
  if (f.message.size() > kMaxMessage)
    refuse("message must have at most " + std::to_string(kMaxMessage) + " bytes");
  if (f.delay.count() < 0 || f.delay.count() > kMaxDelayMs)
    refuse("delay_ms must be a number from 0 to " + std::to_string(kMaxDelayMs));
  if (f.limit && *f.limit == 0) refuse("limit must be at least 1");
  if (!f.records) return;
  if (f.operation != "PutRecords" && f.operation != "*") refuse("records requires operation=PutRecords");
  if (f.error.empty() || f.delay.count() != 0 || f.status != 0)
    refuse("records requires an error and cannot be combined with delay_ms or status");
}

// The value of a spec as the JSON that its member would have.
Json value_of(std::string_view name, std::string_view value) {
  if (name == "stream" || name == "operation" || name == "error" || name == "message") return value;
  const Json parsed = parse_json(value);
  return parsed.is_primitive() && !parsed.is_discarded() ? parsed : Json(value);
}

std::string string_of(const std::string& name, const Json& value) {
  if (!value.is_string()) refuse(name + " must be a string");
  return value;
}

std::int64_t integer_of(const std::string& name, const Json& value) {
  if (!value.is_number_integer() || value > Json(std::int64_t{1} << 53)) refuse(name + " must be an integer");
  return value;
}

}  // namespace

ApiError Fault::to_error() const {
  return {status != 0 ? status : status_of(error), error,
          message.empty() ? "Injected fault: the server is configured to return " + error + "." : message};
}

Fault fault_of(const Json& object) {
  if (!object.is_object()) refuse("a fault must be an object");
  Fault f;
  for (const auto& [name, value] : object.items()) {
    if (name == "stream") {
      f.stream = string_of(name, value);
    } else if (name == "operation") {
      f.operation = string_of(name, value);
    } else if (name == "share") {
      if (!value.is_number()) refuse("share must be a number from 0 to 1");
      f.share = value;
    } else if (name == "error") {
      f.error = string_of(name, value);
    } else if (name == "status") {
      f.status = static_cast<unsigned>(std::clamp<std::int64_t>(integer_of(name, value), 1, 1000));
    } else if (name == "message") {
      f.message = string_of(name, value);
    } else if (name == "delay_ms") {
      f.delay = std::chrono::milliseconds(integer_of(name, value));
    } else if (name == "limit") {
      f.limit = static_cast<std::uint64_t>(std::max<std::int64_t>(integer_of(name, value), 0));
    } else if (name == "records") {
      if (!value.is_boolean()) refuse("records must be true or false");
      f.records = value;
    } else if (name != "injected") {  // which a list has that is put back
      refuse(
          "\"" + name +
          "\" is unknown; use stream, operation, share, error, status, message, delay_ms, limit or records");
    }
  }
  check(f);
  return f;
}

Fault parse_fault(std::string_view spec) {
  Json object = Json::object();
  while (!spec.empty()) {
    const std::size_t equals = spec.find('=');
    if (equals == std::string_view::npos)
      refuse("\"" + std::string(spec) + "\" is not of the form name=value");
    const std::string name(spec.substr(0, equals));
    spec.remove_prefix(equals + 1);
    const std::string_view value = name == "message" ? spec : spec.substr(0, spec.find(','));
    spec.remove_prefix(std::min(value.size() + 1, spec.size()));
    object[name] = value_of(name, value);
  }
  return fault_of(object);
}

OrderedJson json_of(const Fault& fault) {
  OrderedJson out{{"stream", fault.stream}, {"operation", fault.operation}, {"share", fault.share}};
  if (!fault.error.empty()) {
    const ApiError error = fault.to_error();
    out["error"] = error.code();
    if (!fault.records) out["status"] = error.status();
    out["message"] = error.message();
  }
  if (fault.delay.count() != 0) out["delay_ms"] = fault.delay.count();
  if (fault.limit) out["limit"] = *fault.limit;
  if (fault.records) out["records"] = true;
  return out;
}

Faults::Faults(std::vector<Fault> faults, std::optional<std::uint64_t> seed) : seed_(seed) {
  replace(std::move(faults));
}

void Faults::replace(std::vector<Fault> faults) {
  std::uint64_t seed = seed_.value_or(std::uint64_t{std::random_device{}()} << 32 | std::random_device{}());
  const std::lock_guard lock(mutex_);
  faults_.clear();
  // A sequence each, so that what one meets does not depend on the others' requests.
  for (Fault& fault : faults) faults_.push_back({std::move(fault), std::mt19937_64(seed++)});
  any_ = !faults_.empty();
}

OrderedJson Faults::list() const {
  OrderedJson out = OrderedJson::array();
  const std::lock_guard lock(mutex_);
  for (const Ordered& ordered : faults_) {
    out.push_back(json_of(ordered.fault));
    out.back()["injected"] = ordered.injected;
  }
  return out;
}

bool Faults::Ordered::strikes(std::string_view operation, std::string_view stream) {
  if (fault.operation != "*" && fault.operation != operation) return false;
  if (fault.stream != "*" && fault.stream != stream) return false;
  if (fault.limit && injected >= *fault.limit) return false;
  // 53 bits, as many as a double holds.
  if (static_cast<double>(chance() >> 11) * 0x1p-53 >= fault.share) return false;
  ++injected;
  return true;
}

Faults::Strike Faults::strike_request(std::string_view operation, std::string_view stream) {
  Strike out;
  const std::lock_guard lock(mutex_);
  for (Ordered& ordered : faults_) {
    if (ordered.fault.records || !ordered.strikes(operation, stream)) continue;
    out.delay += ordered.fault.delay;
    if (ordered.fault.error.empty()) continue;
    out.error = ordered.fault.to_error();
    break;
  }
  return out;
}

boost::asio::awaitable<void> Faults::wait(std::chrono::milliseconds delay) const {
  const auto end = std::chrono::steady_clock::now() + delay;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (auto now = end - delay; now < end && !stopping_; now = std::chrono::steady_clock::now()) {
    timer.expires_at(std::min(end, now + kStopLook));
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

std::optional<ApiError> Faults::strike_record(std::string_view stream) {
  const std::lock_guard lock(mutex_);
  for (Ordered& ordered : faults_)
    if (ordered.fault.records && ordered.strikes("PutRecords", stream)) return ordered.fault.to_error();
  return std::nullopt;
}

}  // namespace millrace::kinesis
