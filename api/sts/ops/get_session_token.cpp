// GetSessionToken: temporary credentials of the user or root who calls. Source: STS API reference.
#include "api/sts/errors.h"
#include "api/sts/shapes.h"

namespace millrace::sts {

namespace {

constexpr int kDefaultDuration = 43200, kMostOfRoot = 3600;

struct GetSessionTokenInput {
  std::optional<int> duration;
};
using In = GetSessionTokenInput;
constexpr auto kInput = shape_of<In>(field("DurationSeconds", &In::duration, range(900, 129600)), kMfa,
                                     ignored<int>("MinimumSessionTokenSize", "tokens of any size are valid"));
struct GetSessionTokenOutput {
  CredentialsOutput credentials;
};
constexpr auto kOutput =
    shape<GetSessionTokenOutput>(field("Credentials", &GetSessionTokenOutput::credentials, kCredentials));

asio::awaitable<GetSessionTokenOutput> get_session_token(Sts& sts, Request& request, In in) {
  if (sts.session_of(request)) throw access_denied("Cannot call GetSessionToken with session credentials");
  const auto identity = sts.identity_of(request);
  int seconds = in.duration.value_or(kDefaultDuration);
  if (identity->kind == auth::IdentityKind::root) seconds = std::min(seconds, kMostOfRoot);
  co_return GetSessionTokenOutput{output_of(sts.identities.issue(*identity, std::chrono::seconds(seconds)))};
}

}  // namespace

extern const Operation kGetSessionToken;
const Operation kGetSessionToken =
    operation("GetSessionToken", kInput, kOutput, get_session_token).reads().on(no_resource);

}  // namespace millrace::sts
