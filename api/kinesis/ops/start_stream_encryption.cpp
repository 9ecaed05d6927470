// StartStreamEncryption: records are encrypted on disk from now on, with a new data key if the key of KMS is
// another than before. There is no KMS here: any well-formed name is that of a key, and all of them stand for
// the server's master key.
// Source: Kinesis API reference, StartStreamEncryption.
#include "api/kinesis/encryption.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

asio::awaitable<Nothing> start_stream_encryption(Kinesis& k, const Caller& caller, EncryptionInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  if (in.type != "KMS") throw encryption_type_not_kms();
  if (!names_kms_key(in.key)) throw kms_key_not_found(in.key);
  const Time now = k.clock.now();
  co_await k.begin(stream, PendingChange(), [&](Stream& s) {
    if (s.encrypted() && s.data_key()->kms_key == in.key) return;
    s.retire_data_key(now);
    s.data_keys.push_back(new_data_key(k.streams.master_key(), s.number, ++s.data_keys_made, in.key));
  });
  co_return Nothing{};
}

}  // namespace

extern const Operation kStartStreamEncryption;
const Operation kStartStreamEncryption =
    operation("StartStreamEncryption", kEncryptionInput, kNothing, start_stream_encryption)
        .writes()
        .on(stream_of);

}  // namespace millrace::kinesis
