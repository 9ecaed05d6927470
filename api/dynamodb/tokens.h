// ClientRequestToken of transactions: the same token with the same content is not done again for ten minutes.
#pragma once

#include "api/core/principal.h"
#include "api/dynamodb/store.h"

namespace millrace::dynamodb {

inline constexpr std::chrono::minutes kTokenLife{10};
inline constexpr const char* kTokens = "d/c/";

struct UsedToken {
  std::string row_key;
  std::optional<std::string> row;     // as it was read
  std::optional<std::string> digest;  // of the transaction that used it; nullopt: none did, or long ago
};

[[nodiscard]] asio::awaitable<UsedToken> find_token(const Store& store, Principal caller, std::string token,
                                                    Time now);
// The batch is applied only if the token is as it was found.
void use_token(storage::CatalogBatch& batch, const UsedToken& token, const std::string& digest, Time now);
// When the row's transaction was done.
[[nodiscard]] Time done_at(const std::string& row);

}  // namespace millrace::dynamodb
