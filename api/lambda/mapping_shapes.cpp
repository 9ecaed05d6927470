#include "api/lambda/mapping_shapes.h"

#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

// Whether a document asks for something: null, "" and what holds only such things do not.
bool asks_for_something(const Json& j) {
  if (j.is_null() || (j.is_string() && j.get_ref<const std::string&>().empty())) return false;
  if (!j.is_structured()) return true;
  return std::any_of(j.begin(), j.end(), asks_for_something);
}

// AWS's quota.
constexpr std::size_t kMaxFilters = 5;

RecordFilterPtr filter_of(const FilterTexts& criteria) {
  std::vector<std::string> patterns;
  for (const FilterText& f : criteria.filters.value_or(std::vector<FilterText>()))
    patterns.push_back(f.pattern.value_or(""));
  if (patterns.empty()) return nullptr;
  try {
    if (patterns.size() > kMaxFilters) throw BadPattern("There are more than 5 filters");
    return std::make_shared<const RecordFilter>(std::move(patterns));
  } catch (const BadPattern& e) {
    throw bad_filter(e.what());
  }
}

}  // namespace

MappingOutput describe(const Mapping& m, const MappingProgress& progress) {
  MappingOutput out;
  out.uuid = m.uuid;
  out.arn = m.arn();
  out.starting_position = m.starting_position;
  out.starting_timestamp = m.starting_timestamp;
  out.batch_size = m.batch_size;
  out.batching_window_s = m.batching_window_s;
  out.source = m.source_arn;
  out.function = m.function_arn;
  out.modified = m.modified;
  out.result = progress.result;
  out.state = m.deleting ? "Deleting" : progress.state;
  out.maximum_record_age_s = m.maximum_record_age_s;
  out.bisect = m.bisect;
  out.maximum_retry_attempts = m.maximum_retry_attempts;
  if (m.filter) {
    auto& filters = out.filters.emplace().filters.emplace();
    for (const std::string& pattern : m.filter->patterns()) filters.push_back({pattern});
  }
  if (m.report_batch_item_failures) out.response_types = {"ReportBatchItemFailures"};
  return out;
}

void check_settings(const MappingInput& in) {
  if (in.parallelization.value_or(1) != 1)
    throw not_supported("ParallelizationFactor", "leave it out or give 1: shards run in parallel");
  if (in.tumbling_window_s.value_or(0) != 0)
    throw not_supported("TumblingWindowInSeconds", "leave it out or give 0");
  if (in.destinations && in.destinations->contains("OnSuccess") &&
      asks_for_something((*in.destinations)["OnSuccess"]))
    throw unsupported_destinations();
  if (in.destinations && asks_for_something(*in.destinations))
    throw not_supported("DestinationConfig", "leave it out: what is given up is in the server's log");
  if (in.metrics && asks_for_something(*in.metrics))
    throw not_supported("MetricsConfig", "leave it out: /metrics has the counters");
  if (in.key && asks_for_something(*in.key)) throw not_supported("KMSKeyArn", "leave it out");
  if (in.tags && asks_for_something(*in.tags)) throw not_supported("Tags", "leave them out");
  if (const int age = in.maximum_record_age_s.value_or(-1); age >= 0 && age < 60)
    throw record_age_too_short(age);
}

void apply_settings(Mapping& m, const MappingInput& in) {
  m.enabled = in.enabled.value_or(m.enabled);
  m.batch_size = in.batch_size.value_or(m.batch_size);
  m.batching_window_s = in.batching_window_s.value_or(m.batching_window_s);
  m.maximum_retry_attempts = in.maximum_retry_attempts.value_or(m.maximum_retry_attempts);
  m.maximum_record_age_s = in.maximum_record_age_s.value_or(m.maximum_record_age_s);
  m.bisect = in.bisect.value_or(m.bisect);
  if (in.filters) m.filter = filter_of(*in.filters);
  if (in.response_types) m.report_batch_item_failures = !in.response_types->empty();
}

FunctionPtr mapped_function(const Lambda& lambda, const Caller& caller, std::string_view action,
                            const std::string& name) {
  const Target target = target_of(caller, action, name);
  FunctionPtr function;
  if (target.qualifier.value_or(kLatest) == kLatest)
    function = lambda.functions.find(target.account, target.region, target.name);
  if (!function) throw mapping_function_not_found();
  return function;
}

MappingPtr mapping_named(const Lambda& lambda, const Caller& caller, const std::string& uuid) {
  MappingPtr mapping = lambda.mappings.find(uuid);
  if (!mapping || mapping->account != caller.account || mapping->region != caller.region)
    throw mapping_not_found();
  return mapping;
}

}  // namespace millrace::lambda
