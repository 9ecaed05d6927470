#include "api/lambda/mappings/mapping_shapes.h"

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
  out.parallelization = m.parallelization;
  out.tumbling_window_s = m.tumbling_window_s;
  if (!m.on_failure.empty()) out.destinations.on_failure->destination = m.on_failure;
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
  if (in.destinations && !named(in.destinations->on_success).empty())
    throw unsupported_parameter("DestinationConfig");
  const std::pair<const char*, const std::optional<Json>*> others[] = {
      {"Topics", &in.topics},
      {"Queues", &in.queues},
      {"SelfManagedEventSource", &in.self_managed},
      {"ScalingConfig", &in.scaling},
      {"SourceAccessConfigurations", &in.access},
      {"AmazonManagedKafkaEventSourceConfig", &in.kafka},
      {"SelfManagedKafkaEventSourceConfig", &in.self_managed_kafka},
      {"DocumentDBEventSourceConfig", &in.document_db},
      {"ProvisionedPollerConfig", &in.pollers},
      {"LoggingConfig", &in.logging}};
  for (const auto& [name, value] : others)
    if (*value && asks_for_something(**value)) throw unsupported_parameter(name);
  if (in.metrics && asks_for_something(*in.metrics))
    throw not_supported("MetricsConfig", "omit it; /metrics contains the counters");
  if (in.key && asks_for_something(*in.key)) throw not_supported("KMSKeyArn", "omit it");
  if (const int age = in.maximum_record_age_s.value_or(-1); age >= 0 && age < 60)
    throw record_age_too_short(age);
}

asio::awaitable<void> check_there(const Lambda& lambda, const Caller& caller, std::string text,
                                  Destination destination) {
  const auto there = co_await lambda.mapping_parts.destinations.check(caller, std::move(destination));
  if (there.has_error()) throw bad_destination(text, there.error().detail);
}

asio::awaitable<void> check_plain_destination(const Lambda& lambda, const Caller& caller, std::string text) {
  const auto destination = parse_destination(text, caller.account, caller.region);
  if (!destination || destination->kind == Destination::Kind::function)
    throw bad_destination(text,
                          "Give an S3 bucket's ARN, the ARN of a stream of this account and region, or an "
                          "http:// or https:// URL.");
  co_await check_there(lambda, caller, text, *destination);
}

asio::awaitable<void> check_destination(const Lambda& lambda, const Caller& caller, const MappingInput& in,
                                        std::string source_arn) {
  const std::string text = in.destinations ? named(in.destinations->on_failure) : "";
  if (text.empty()) co_return;
  if (source_arn == text || source_arn.starts_with(text + "/"))
    throw bad_destination(text, "It is the mapping's own source.");
  co_await check_plain_destination(lambda, caller, text);
}

void apply_settings(Mapping& m, const MappingInput& in) {
  m.enabled = in.enabled.value_or(m.enabled);
  m.batch_size = in.batch_size.value_or(m.batch_size);
  m.batching_window_s = in.batching_window_s.value_or(m.batching_window_s);
  m.maximum_retry_attempts = in.maximum_retry_attempts.value_or(m.maximum_retry_attempts);
  m.maximum_record_age_s = in.maximum_record_age_s.value_or(m.maximum_record_age_s);
  m.bisect = in.bisect.value_or(m.bisect);
  m.parallelization = in.parallelization.value_or(m.parallelization);
  m.tumbling_window_s = in.tumbling_window_s.value_or(m.tumbling_window_s);
  if (in.destinations && in.destinations->on_failure) m.on_failure = named(in.destinations->on_failure);
  if (in.filters) m.filter = filter_of(*in.filters);
  if (in.response_types) m.report_batch_item_failures = !in.response_types->empty();
}

Target mapped_function(const Lambda& lambda, const Caller& caller, std::string_view action,
                       const std::string& name) {
  Target target = target_of(caller, action, name);
  if (!find_function(lambda.functions, target)) throw mapping_function_not_found();
  return target;
}

void set_function(Mapping& m, const Target& target) {
  m.function = target.name;
  m.function_arn = target.arn();
  m.qualifier = target.qualifier.value_or("");
}

MappingPtr mapping_named(const Lambda& lambda, const Caller& caller, const std::string& uuid) {
  MappingPtr mapping = lambda.mappings.find(uuid);
  if (!mapping || mapping->account != caller.account || mapping->region != caller.region)
    throw mapping_not_found();
  return mapping;
}

}  // namespace millrace::lambda
