// PublishVersion: what $LATEST is now, under a number, for ever. Source: Lambda API reference,
// PublishVersion.
#include "api/lambda/functions/configuration.h"
#include "api/lambda/functions/versions.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct PublishVersionInput {
  std::string name;
  std::optional<std::string> code_sha256, description, revision;
};
using In = PublishVersionInput;
constexpr auto kInput =
    shape<In>(field("FunctionName", &In::name, in_path, kFunctionName), field("CodeSha256", &In::code_sha256),
              field("Description", &In::description, kDescription), field("RevisionId", &In::revision),
              refused("PublishTo", "functions do not run on managed instances"));

asio::awaitable<FunctionConfiguration> publish(Lambda& l, const Caller& caller, In in) {
  const FunctionPtr latest = get_latest(l.functions, target_of(caller, "PublishVersion", in.name));
  const FunctionPtr version = co_await publish_version(l, *latest, std::move(in.description),
                                                       std::move(in.code_sha256), std::move(in.revision));
  co_return describe(*version, Phase::settled, version->version);
}

}  // namespace

extern const Operation kPublishVersion;
const Operation kPublishVersion = operation("PublishVersion", kInput, kFunctionConfiguration, publish)
                                      .http("POST", "/2015-03-31/functions/{FunctionName}/versions", 201)
                                      .writes()
                                      .on(whole_function_of);

}  // namespace millrace::lambda
