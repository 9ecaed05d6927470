// Resource policies: what passes the check can be judged.
#include "api/kinesis/policy.h"

#include "api/core/error.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  using namespace millrace::kinesis;
  const std::string policy(fuzz::view(data, size));
  try {
    check_policy(policy);
  } catch (const ApiError&) {
    return 0;
  }
  for (const char* account : {"111122223333", "000000000000"})
    (void)judge(policy, account, "kinesis:PutRecord", "arn:aws:kinesis:us-east-1:000000000000:stream/s");
  return 0;
}
