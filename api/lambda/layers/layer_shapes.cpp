#include "api/lambda/layers/layer_shapes.h"

#include <algorithm>

#include "api/lambda/errors.h"
#include "api/lambda/functions/code.h"
#include "api/lambda/layers/layers.h"

namespace millrace::lambda {

namespace {

template <class T>
std::optional<T> unless_empty(const T& value) {
  return value.empty() ? std::nullopt : std::optional<T>(value);
}

bool has(const std::vector<std::string>& list, const std::optional<std::string>& wanted) {
  return !wanted || std::find(list.begin(), list.end(), *wanted) != list.end();
}

}  // namespace

LayerPtr get_layer(const Lambda& lambda, const Caller& caller, std::string_view action,
                   const LayerName& name) {
  check_layer_owner(caller, action, name);
  LayerPtr found = lambda.layers.find(caller.account, caller.region, name.name, name.number);
  if (!found) throw layer_not_found();
  return found;
}

LayerPtr existing_layer_version(const Lambda& lambda, const Caller& caller, std::string_view action,
                                const LayerVersionReference& reference) {
  const LayerName name = parse_layer_name(reference.name);
  check_layer_owner(caller, action, name);
  if (reference.number < 1) throw bad_layer_number();
  LayerVersion wanted;
  wanted.account = caller.account;
  wanted.region = caller.region;
  wanted.name = name.name;
  wanted.number = static_cast<std::uint64_t>(reference.number);
  LayerPtr found = lambda.layers.find(wanted.account, wanted.region, wanted.name, wanted.number);
  if (!found) throw layer_version_not_found(wanted.arn());
  return found;
}

LayerVersionOutput describe(const Lambda& lambda, const LayerVersion& v) {
  LayerVersionOutput out;
  out.content = {code_link(lambda, v.account, v.code_sha256), v.code_sha256,
                 static_cast<std::int64_t>(v.code_bytes)};
  out.layer_arn = v.layer_arn();
  out.arn = v.arn();
  out.description = v.description;
  out.created = iso_time(v.created);
  out.number = static_cast<std::int64_t>(v.number);
  out.runtimes = unless_empty(v.runtimes);
  out.license = unless_empty(v.license);
  out.architectures = unless_empty(v.architectures);
  return out;
}

LayerVersionItem item_of(const LayerVersion& v) {
  return {v.arn(),
          static_cast<std::int64_t>(v.number),
          unless_empty(v.description),
          iso_time(v.created),
          unless_empty(v.runtimes),
          unless_empty(v.license),
          unless_empty(v.architectures)};
}

void check_runtime(const std::optional<std::string>& runtime) {
  if (runtime && classify_runtime(*runtime) == Runtime::unknown)
    throw bad_compatible_runtime(*runtime, "compatibleRuntime");
}

bool matches(const LayerVersion& v, const std::optional<std::string>& runtime,
             const std::optional<std::string>& architecture) {
  return has(v.runtimes, runtime) && has(v.architectures, architecture);
}

}  // namespace millrace::lambda
