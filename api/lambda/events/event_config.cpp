#include "api/lambda/events/event_config.h"

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
  if (destination->kind != Destination::Kind::function)
    co_return co_await check_there(lambda, caller, std::move(text), *destination);
  const Target target = target_of(caller, "PutFunctionEventInvokeConfig", destination->name);
  if (!find_function(lambda.functions, target)) throw bad_destination_function(text);
  if (function_arn(target.account, target.region, target.name) == own_arn) throw own_destination();
}

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

ConfiguredEvents existing_event_config(const Functions& functions, const Target& target) {
  if (auto found = find_qualified(functions, target)) {
    const auto it = found->latest->event_configs.find(found->qualifier);
    if (it != found->latest->event_configs.end()) return {std::move(*found), it->second};
  }
  throw event_config_not_found(function_arn(target.account, target.region, target.name) + ":" +
                               target.qualifier.value_or(kLatest));
}

asio::awaitable<EventConfigOutput> change_event_config(Lambda& lambda, const Caller& caller,
                                                       std::string_view action, EventConfigInput in,
                                                       EventConfigChange how) {
  const Target named_target = target_of(caller, action, in.name, in.qualifier);
  if (!in.retries && !in.max_age_s && !in.destinations) throw event_config_empty();
  const auto found = find_qualified(lambda.functions, named_target);
  if (!found) throw event_config_function_not_found();
  const QualifiedFunction& target = *found;
  EventInvokeConfig config;
  if (how == EventConfigChange::merge) config = existing_event_config(lambda.functions, named_target).config;
  if (in.retries) config.retries = in.retries;
  if (in.max_age_s) config.max_age_s = in.max_age_s;
  if (in.destinations) {
    if (in.destinations->on_success) config.on_success = named(in.destinations->on_success);
    if (in.destinations->on_failure) config.on_failure = named(in.destinations->on_failure);
  }
  for (const std::string& text : {config.on_success, config.on_failure})
    if (!text.empty()) co_await check_destination(lambda, caller, text, target.latest->arn());
  config.modified = lambda.clock.now();
  std::function<void(Function&)> change = [&](Function& f) { f.event_configs[target.qualifier] = config; };
  co_await lambda.functions.update(target.latest, std::move(change));
  co_return describe(*target.latest, target.qualifier, config);
}

}  // namespace millrace::lambda
