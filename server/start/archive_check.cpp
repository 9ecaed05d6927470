#include "server/start/archive_check.h"

#include <map>
#include <stdexcept>

#include "api/lambda/functions/function_rows.h"

namespace millrace {

namespace {

constexpr std::size_t kPage = 1000;

using Archives = std::map<std::pair<std::string, std::string>, std::uint64_t>;  // account, SHA-256: size

template <class Each>
void for_each_row(const storage::Catalog& catalog, std::string_view prefix, Each each) {
  std::string after;
  for (;;) {
    const auto rows = catalog.scan(prefix, after, kPage);
    if (!rows) throw std::runtime_error("the catalog cannot be read: " + rows.error().detail);
    if (rows->empty()) return;
    for (const storage::Row& row : *rows) each(row);
    after = rows->back().key;
  }
}

void add_functions(const storage::Catalog& catalog, std::string_view prefix, Archives& out) {
  for_each_row(catalog, prefix, [&](const storage::Row& row) {
    try {
      const lambda::Function f = lambda::function_of(row.value);
      out[{f.account, f.code_sha256}] = f.code_bytes;
      for (const lambda::LayerUse& layer : f.layers) out[{f.account, layer.code_sha256}] = layer.code_bytes;
    } catch (const std::exception&) {
      // An unreadable row is reported elsewhere.
    }
  });
}

}  // namespace

void check_archives(const storage::Catalog& catalog, const lambda::Lambda& lambda,
                    functions::CodeFiles& files) {
  Archives archives;
  add_functions(catalog, lambda::kFunctionPrefix, archives);
  add_functions(catalog, lambda::kVersionPrefix, archives);
  for (const lambda::LayerPtr& layer : lambda.layers.all())
    archives[{layer->account, layer->code_sha256}] = layer->code_bytes;
  files.recheck_damaged();
  for (const auto& [archive, bytes] : archives) {
    const auto& [account, sha256] = archive;
    // One that is deleted meanwhile is not in use any more when its file goes.
    files.check(account, sha256, bytes, [&] {
      return lambda.functions.uses_code(account, sha256) || lambda.layers.uses_code(account, sha256);
    });
  }
}

}  // namespace millrace
