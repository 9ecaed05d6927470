// CreateAlias: a name for a version. Source: Lambda API reference, CreateAlias.
#include "api/lambda/functions/alias_shapes.h"
#include "api/lambda/functions/configuration.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

using In = AliasInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::function, in_path, kFunctionName),
                                  field("Name", &In::name, required, kAliasName),
                                  field("FunctionVersion", &In::version, required, kVersion),
                                  field("Description", &In::description, kDescription),
                                  field("RoutingConfig", &In::routing, kRoutingConfig));

asio::awaitable<AliasOutput> create_alias(Lambda& l, const Caller& caller, In in) {
  Target target = target_of(caller, "CreateAlias", in.function);
  if (!target.qualifier && !find_function(l.functions, target)) target.qualifier = in.version;  // AWS's text
  const FunctionPtr function = get_latest(l.functions, target);
  Alias alias;
  alias.name = in.name;
  apply_settings(l, *function, in, alias);
  const AliasOutput out = describe(*function, alias);
  co_await l.functions.create_alias(function, std::move(alias));
  co_return out;
}

}  // namespace

extern const Operation kCreateAlias;
const Operation kCreateAlias = operation("CreateAlias", kInput, kAliasOutput, create_alias)
                                   .http("POST", "/2015-03-31/functions/{FunctionName}/aliases", 201)
                                   .writes()
                                   .on(whole_function_of);

}  // namespace millrace::lambda
