// StopStreamEncryption: records are no longer encrypted on disk; those that were stay readable.
// Source: Kinesis API reference, StopStreamEncryption.
#include "api/kinesis/encryption.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

asio::awaitable<Nothing> stop_stream_encryption(Kinesis& k, const Caller& caller, EncryptionInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  if (in.type != "KMS") throw encryption_type_not_kms();
  const Time now = k.clock.now();
  co_await k.begin(stream, PendingChange(), [&](Stream& s) {
    if (!s.encrypted() || s.data_key()->kms_key != in.key)
      throw not_encrypted_with(in.key, s.name, s.account);
    s.retire_data_key(now);
  });
  co_return Nothing{};
}

}  // namespace

extern const Operation kStopStreamEncryption;
const Operation kStopStreamEncryption =
    operation("StopStreamEncryption", kEncryptionInput, kNothing, stop_stream_encryption)
        .writes()
        .on(stream_of);

}  // namespace millrace::kinesis
