// GenerateRandom. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct GenerateRandomInput {
  std::optional<int> bytes;
};
using In = GenerateRandomInput;
constexpr auto kInput =
    shape<In>(field("NumberOfBytes", &In::bytes, kNumberOfBytes),
              refused("CustomKeyStoreId", "there are no custom key stores here"), kRecipient);

struct GenerateRandomOutput {
  Blob bytes;
};
using Out = GenerateRandomOutput;
constexpr auto kOutput = shape<Out>(field("Plaintext", &Out::bytes));

asio::awaitable<Out> generate_random(Kms&, const Caller&, In in) {
  if (!in.bytes) throw invalid("NumberOfBytes is required.");
  co_return Out{{random_secret(static_cast<std::size_t>(*in.bytes)).copy()}};
}

}  // namespace

extern const Operation kGenerateRandom;
const Operation kGenerateRandom =
    operation("GenerateRandom", kInput, kOutput, generate_random).reads().on(every_resource);

}  // namespace millrace::kms
