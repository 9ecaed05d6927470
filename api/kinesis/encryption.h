// What StartStreamEncryption and StopStreamEncryption are told.
#pragma once

#include "api/kinesis/shapes.h"

namespace millrace::kinesis {

struct EncryptionInput {
  std::optional<std::string> name, arn;
  std::string type, key;
};
inline constexpr auto kEncryptionInput =
    shape<EncryptionInput>(field("StreamName", &EncryptionInput::name, kStreamName),
                           field("EncryptionType", &EncryptionInput::type, required, kEncryptionType),
                           field("KeyId", &EncryptionInput::key, required, kKeyId),
                           field("StreamARN", &EncryptionInput::arn, kStreamArn), kStreamId);

}  // namespace millrace::kinesis
