// UpdateAlias: another version, routing or description. Source: Lambda API reference, UpdateAlias.
#include "api/lambda/errors.h"
#include "api/lambda/functions/alias_shapes.h"
#include "api/lambda/functions/configuration.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

using In = AliasInput;
constexpr auto kInput = shape<In>(
    field("FunctionName", &In::function, in_path, kFunctionName),
    field("Name", &In::name, in_path, required, kAliasName), field("FunctionVersion", &In::version, kVersion),
    field("Description", &In::description, kDescription),
    field("RoutingConfig", &In::routing, kRoutingConfig), field("RevisionId", &In::revision));

asio::awaitable<AliasOutput> update_alias(Lambda& l, const Caller& caller, In in) {
  const FunctionPtr function = get_latest(l.functions, target_of(caller, "UpdateAlias", in.function));
  std::function<void(Alias&)> change = [&](Alias& alias) {
    if (in.revision && *in.revision != alias.revision) throw revision_mismatch();
    apply_settings(l, *function, in, alias);
  };
  const AliasPtr now = co_await l.functions.update_alias(function, in.name, std::move(change));
  co_return describe(*function, *now);
}

}  // namespace

extern const Operation kUpdateAlias;
const Operation kUpdateAlias = operation("UpdateAlias", kInput, kAliasOutput, update_alias)
                                   .http("PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}")
                                   .writes()
                                   .on(whole_function_of);

}  // namespace millrace::lambda
