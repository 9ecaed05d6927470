#include "api/lambda/functions/tags.h"

#include "api/lambda/errors.h"
#include "api/lambda/mappings/mapping_shapes.h"
#include "api/lambda/names.h"

namespace millrace::lambda {

namespace {

// nullptr: the ARN is not of a mapping.
MappingPtr tagged_mapping(const Lambda& lambda, const Caller& caller, const std::string& arn) {
  if (arn.find(":event-source-mapping:") == std::string::npos) return nullptr;
  MappingPtr mapping = lambda.mappings.find(arn.substr(arn.rfind(':') + 1));
  if (!mapping || mapping->account != caller.account || mapping->arn() != arn)
    throw tagged_mapping_not_found(arn);
  return mapping;
}

FunctionPtr tagged_function(const Lambda& lambda, const Caller& caller, std::string_view action,
                            const std::string& arn) {
  if (arn.find(":function:") == std::string::npos) throw function_not_found(arn);
  const Target target = target_of(caller, action, arn);
  if (target.qualifier) throw tags_of_a_version();
  return get_latest(lambda.functions, target);
}

void change_within_limit(const std::function<void(Tags&)>& change, Tags& tags) {
  change(tags);
  if (tags.size() > kMaxTags) throw too_many_tags();
}

}  // namespace

Tags tags_of(const Lambda& lambda, const Caller& caller, std::string_view action, const std::string& arn) {
  if (const MappingPtr mapping = tagged_mapping(lambda, caller, arn)) return mapping->tags;
  return tagged_function(lambda, caller, action, arn)->tags;
}

asio::awaitable<void> change_tags(Lambda& lambda, const Caller& caller, std::string_view action,
                                  std::string arn, std::function<void(Tags&)> change) {
  if (const MappingPtr mapping = tagged_mapping(lambda, caller, arn)) {
    std::function<void(Mapping&)> of_mapping = [&change](Mapping& m) { change_within_limit(change, m.tags); };
    co_await lambda.mappings.update(mapping->uuid, std::move(of_mapping));
    co_return;
  }
  FunctionPtr function = tagged_function(lambda, caller, action, arn);
  std::function<void(Function&)> of_function = [&change](Function& f) {
    change_within_limit(change, f.tags);
    f.revision = new_uuid();
  };
  co_await lambda.functions.update(std::move(function), std::move(of_function));
}

}  // namespace millrace::lambda
