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
  if (destination->kind != Destination::Kind::function)
    co_return co_await check_there(lambda, caller, std::move(text), *destination);
  const Target target = target_of(caller, "PutFunctionEventInvokeConfig", destination->name);
  if (!find_function(lambda.functions, target))
    throw bad_destination(text, "There is no such function; make it first.");
  if (function_arn(target.account, target.region, target.name) == own_arn)
    throw bad_destination(text, "It is the function itself.");
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

EventInvokeConfig existing_event_config(const QualifiedFunction& target) {
  const auto it = target.latest->event_configs.find(target.qualifier);
  if (it == target.latest->event_configs.end())
    throw event_config_not_found(target.latest->arn() + ":" + target.qualifier);
  return it->second;
}

asio::awaitable<EventConfigOutput> change_event_config(Lambda& lambda, const Caller& caller,
                                                       std::string_view action, EventConfigInput in,
                                                       EventConfigChange how) {
  const QualifiedFunction target =
      get_qualified(lambda.functions, target_of(caller, action, in.name, in.qualifier));
  if (!in.retries && !in.max_age_s && !in.destinations) throw event_config_empty();
  EventInvokeConfig config;
  if (how == EventConfigChange::merge) config = existing_event_config(target);
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
