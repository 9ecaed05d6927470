// GetAccountSettings: limits, and what is used of them. Source: Lambda API reference, GetAccountSettings.
#include "api/lambda/functions/code.h"

namespace millrace::lambda {

namespace {

struct GetAccountSettingsInput {};
constexpr auto kInput = shape<GetAccountSettingsInput>();

struct AccountLimit {
  std::int64_t total_code_size = 0, code_size_unzipped = 0, code_size_zipped = 0;
  int concurrent = 0, unreserved = 0;
};
constexpr auto kAccountLimit =
    shape<AccountLimit>(field("TotalCodeSize", &AccountLimit::total_code_size),
                        field("CodeSizeUnzipped", &AccountLimit::code_size_unzipped),
                        field("CodeSizeZipped", &AccountLimit::code_size_zipped),
                        field("ConcurrentExecutions", &AccountLimit::concurrent),
                        field("UnreservedConcurrentExecutions", &AccountLimit::unreserved));

struct AccountUsage {
  std::int64_t total_code_size = 0, functions = 0;
};
constexpr auto kAccountUsage = shape<AccountUsage>(field("TotalCodeSize", &AccountUsage::total_code_size),
                                                   field("FunctionCount", &AccountUsage::functions));

struct GetAccountSettingsOutput {
  AccountLimit limit;
  AccountUsage usage;
};
constexpr auto kOutput =
    shape<GetAccountSettingsOutput>(field("AccountLimit", &GetAccountSettingsOutput::limit, kAccountLimit),
                                    field("AccountUsage", &GetAccountSettingsOutput::usage, kAccountUsage));

asio::awaitable<GetAccountSettingsOutput> get_account_settings(Lambda& l, const Caller& caller,
                                                               GetAccountSettingsInput) {
  const Functions::Usage used = l.functions.usage(caller.account, caller.region);
  const int workers = static_cast<int>(l.options.max_workers);
  GetAccountSettingsOutput out;
  const int unreserved = std::max(0, workers - static_cast<int>(used.reserved));
  std::uint64_t layers = 0;
  for (const LayerPtr& version : l.layers.all(caller)) layers += version->code_bytes;
  out.limit = {kMaxCodeStorageBytes, kMaxUnzippedBytes, kMaxZippedBytes, workers, unreserved};
  out.usage = {static_cast<std::int64_t>(used.code_bytes + layers), static_cast<std::int64_t>(used.count)};
  co_return out;
}

}  // namespace

extern const Operation kGetAccountSettings;
const Operation kGetAccountSettings = operation("GetAccountSettings", kInput, kOutput, get_account_settings)
                                          .http("GET", "/2016-08-19/account-settings")
                                          .reads()
                                          .on(every_resource);

}  // namespace millrace::lambda
