// StartStreamEncryption: records are encrypted on disk from now on.
// Source: Kinesis API reference, StartStreamEncryption.
#include "api/kinesis/encryption.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

asio::awaitable<Nothing> start_stream_encryption(Kinesis& k, const Caller& caller, EncryptionInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  if (in.type != "KMS") throw encryption_type_not_kms();
  co_await k.begin(stream, Change(), [&](Stream& s) { s.key_id = in.key; });
  co_return Nothing{};
}

}  // namespace

extern const Operation kStartStreamEncryption;
const Operation kStartStreamEncryption =
    operation("StartStreamEncryption", kEncryptionInput, kNothing, start_stream_encryption);

}  // namespace millrace::kinesis
