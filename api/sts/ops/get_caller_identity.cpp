// GetCallerIdentity: who calls. It needs no permission. Source: STS API reference.
#include "api/sts/shapes.h"

namespace millrace::sts {

namespace {

struct GetCallerIdentityOutput {
  std::string arn, id, account;
};
using Out = GetCallerIdentityOutput;
constexpr auto kOutput =
    shape<Out>(field("Arn", &Out::arn), field("UserId", &Out::id), field("Account", &Out::account));

asio::awaitable<Out> get_caller_identity(Sts& sts, Request& request, Nothing) {
  const auto identity = sts.identity_of(request);
  co_return Out{identity->arn, identity->id, identity->account};
}

}  // namespace

extern const Operation kGetCallerIdentity;
const Operation kGetCallerIdentity =
    operation("GetCallerIdentity", kNothing, kOutput, get_caller_identity).reads().on(no_resource);

}  // namespace millrace::sts
