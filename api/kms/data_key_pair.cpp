#include "api/kms/data_key_pair.h"

#include "storage/base/on_pool.h"

namespace millrace::kms {

asio::awaitable<WrappedPair> generate_pair(Kms& k, const Principal& caller, KeyPairRequest request,
                                           const char* operation) {
  // Before the work: a request that fails costs little.
  (void)co_await find_wrapping_key(k, caller, request.key, operation);
  check_dry_run(request.dry_run);
  const auto work = [spec = spec_named(request.spec)] { return new_key_pair(*spec); };
  KeyPair pair = co_await on_pool(k.workers, work);
  Wrapped wrapped = co_await wrap_secret(k, caller, std::move(request.key), std::move(request.context),
                                         pair.private_key, operation);
  co_return WrappedPair{std::move(pair), std::move(wrapped)};
}

}  // namespace millrace::kms
