#include "api/dynamodb/tokens.h"

#include "api/core/rows.h"

namespace millrace::dynamodb {

asio::awaitable<UsedToken> find_token(const Store& store, Principal caller, std::string token, Time now) {
  UsedToken out;
  out.row_key = kTokens + Store::key_of(caller.account, caller.region, token);
  out.row = or_throw(co_await store.catalog.fetch(out.row_key));
  if (out.row) {
    const nlohmann::json row = parse_row(*out.row, "a transaction's");
    if (time_of(row.at("done")) + kTokenLife > now) out.digest = row.at("digest").get<std::string>();
  }
  co_return out;
}

void use_token(storage::CatalogBatch& batch, const UsedToken& token, const std::string& digest, Time now) {
  batch.expect(token.row_key, token.row ? std::optional<std::string_view>(*token.row) : std::nullopt);
  batch.put(token.row_key, nlohmann::json{{"version", 1}, {"digest", digest}, {"done", ms_of(now)}}.dump());
}

Time done_at(const std::string& row) { return time_of(parse_row(row, "a transaction's").at("done")); }

}  // namespace millrace::dynamodb
