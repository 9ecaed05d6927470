#include "api/lambda/event_config.h"

#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

asio::awaitable<void> check_destination(const Lambda& lambda, const Caller& caller, std::string text,
                                        std::string own_arn) {
  const auto destination = parse_destination(text, caller.account, caller.region);
  if (!destination)
    throw bad_destination(
        text,
        "Give the ARN of an S3 bucket, or of a stream or function of this account and region, "
        "or an http:// or https:// URL.");
  if (destination->kind == Destination::Kind::function) {
    const Target target = target_of(caller, "PutFunctionEventInvokeConfig", destination->name);
    if (!lambda.functions.find(target.account, target.region, target.name,
                               target.qualifier.value_or(kLatest)))
      throw bad_destination(text, "There is no such function; make it first.");
    if (function_arn(target.account, target.region, target.name) == own_arn)
      throw bad_destination(text, "It is the function itself.");
    co_return;
  }
  const auto there =
      co_await lambda.mapping_parts.destinations.check(caller.account, caller.region, *destination);
  if (there.has_error()) throw bad_destination(text, there.error().detail);
}

// Whether the request names a destination of its own, which may be "" for none.
bool names(const std::optional<DestinationText>& text) { return text.has_value(); }
std::string name_in(const DestinationText& text) { return text.destination.value_or(""); }

DestinationText text_of(const std::string& name) {
  return name.empty() ? DestinationText{} : DestinationText{name};
}

}  // namespace

EventConfigOutput describe(const Function& latest, const std::string& qualifier, const EventInvokeConfig& c) {
  return {c.modified,
          latest.arn() + ":" + qualifier,
          c.retries,
          c.max_age_s,
          {text_of(c.on_success), text_of(c.on_failure)}};
}

EventConfigTarget event_config_target(const Lambda& lambda, const Caller& caller, std::string_view action,
                                      const std::string& name, const std::optional<std::string>& qualifier) {
  const Target target = target_of(caller, action, name, qualifier);
  (void)get_function(lambda.functions, target);
  return {lambda.functions.find(target.account, target.region, target.name),
          target.qualifier.value_or(kLatest)};
}

EventInvokeConfig existing_event_config(const Function& latest, const std::string& qualifier) {
  const auto it = latest.event_configs.find(qualifier);
  if (it == latest.event_configs.end()) throw event_config_not_found(latest.arn() + ":" + qualifier);
  return it->second;
}

asio::awaitable<EventConfigOutput> change_event_config(Lambda& lambda, const Caller& caller,
                                                       std::string_view action, EventConfigInput in,
                                                       EventConfigChange how) {
  const EventConfigTarget target = event_config_target(lambda, caller, action, in.name, in.qualifier);
  if (!in.retries && !in.max_age_s && !in.destinations) throw event_config_empty();
  EventInvokeConfig config;
  if (how == EventConfigChange::merge) config = existing_event_config(*target.latest, target.qualifier);
  if (in.retries) config.retries = in.retries;
  if (in.max_age_s) config.max_age_s = in.max_age_s;
  if (in.destinations) {
    if (names(in.destinations->on_success)) config.on_success = name_in(*in.destinations->on_success);
    if (names(in.destinations->on_failure)) config.on_failure = name_in(*in.destinations->on_failure);
  }
  for (const std::string& text : {config.on_success, config.on_failure})
    if (!text.empty()) co_await check_destination(lambda, caller, text, target.latest->arn());
  config.modified = lambda.clock.now();
  std::function<void(Function&)> change = [&](Function& f) { f.event_configs[target.qualifier] = config; };
  co_await lambda.functions.update(target.latest, std::move(change));
  co_return describe(*target.latest, target.qualifier, config);
}

}  // namespace millrace::lambda
