// GetAccessKeyInfo: the account of a permanent access key. Source: STS API reference.
#include "api/sts/errors.h"
#include "api/sts/shapes.h"

namespace millrace::sts {

namespace {

struct GetAccessKeyInfoInput {
  std::string id;
};
constexpr auto kInput = shape<GetAccessKeyInfoInput>(
    field("AccessKeyId", &GetAccessKeyInfoInput::id, required, length(16, 128), pattern("[\\w]*")));
struct GetAccessKeyInfoOutput {
  std::string account;
};
constexpr auto kOutput = shape<GetAccessKeyInfoOutput>(field("Account", &GetAccessKeyInfoOutput::account));

asio::awaitable<GetAccessKeyInfoOutput> get_access_key_info(Sts& sts, const Caller&,
                                                            GetAccessKeyInfoInput in) {
  const auto account = sts.identities.account_of_key(in.id);
  if (!account) throw no_such_key(in.id);
  co_return GetAccessKeyInfoOutput{*account};
}

}  // namespace

extern const Operation kGetAccessKeyInfo;
const Operation kGetAccessKeyInfo =
    operation("GetAccessKeyInfo", kInput, kOutput, get_access_key_info).reads().on(every_resource);

}  // namespace millrace::sts
