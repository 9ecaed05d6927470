// GetFunction: a function's configuration, tags, and a link to its code.
// Source: Lambda API reference, GetFunction.
#include "api/lambda/functions/code.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct GetFunctionInput {
  std::string name;
  std::optional<std::string> qualifier;
};
constexpr auto kInput =
    shape<GetFunctionInput>(field("FunctionName", &GetFunctionInput::name, in_path, kNamespacedFunctionName),
                            field("Qualifier", &GetFunctionInput::qualifier, in_query, kQualifier));

struct CodeLocation {
  std::string repository = "S3", location;
};
constexpr auto kCodeLocation = shape<CodeLocation>(field("RepositoryType", &CodeLocation::repository),
                                                   field("Location", &CodeLocation::location));

struct GetFunctionOutput {
  FunctionConfiguration configuration;
  CodeLocation code;
  std::optional<std::map<std::string, std::string>> tags;
  std::optional<ConcurrencyOutput> concurrency;
};
constexpr auto kOutput = shape<GetFunctionOutput>(
    field("Configuration", &GetFunctionOutput::configuration, kFunctionConfiguration),
    field("Code", &GetFunctionOutput::code, kCodeLocation), field("Tags", &GetFunctionOutput::tags),
    field("Concurrency", &GetFunctionOutput::concurrency, kConcurrencyOutput));

asio::awaitable<GetFunctionOutput> get_function_and_code(Lambda& l, const Caller& caller,
                                                         GetFunctionInput in) {
  const Target target = target_of(caller, "GetFunction", in.name, in.qualifier);
  const FunctionPtr function = get_function(l.functions, target);
  GetFunctionOutput out;
  out.configuration = describe(*function, Phase::settled, target.qualifier.value_or(""));
  out.code.location = code_link(l, function->account, function->code_sha256);
  const FunctionPtr latest = l.functions.find(target.account, target.region, target.name);
  if (latest && !latest->tags.empty()) out.tags = latest->tags;
  if (latest && latest->reserved) out.concurrency = ConcurrencyOutput{static_cast<int>(*latest->reserved)};
  co_return out;
}

}  // namespace

extern const Operation kGetFunction;
const Operation kGetFunction = operation("GetFunction", kInput, kOutput, get_function_and_code)
                                   .http("GET", "/2015-03-31/functions/{FunctionName}")
                                   .reads()
                                   .on(function_of);

}  // namespace millrace::lambda
