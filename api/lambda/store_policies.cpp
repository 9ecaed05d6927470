// The resource policies of functions, versions and aliases.
#include <mutex>

#include "api/lambda/errors.h"
#include "api/lambda/functions/function_rows.h"
#include "api/lambda/store.h"

namespace millrace::lambda {

ResourcePolicyPtr Functions::policy(const std::string& account, const std::string& region,
                                    const std::string& name, const std::string& qualifier) const {
  const std::shared_lock lock(mutex_);
  return policies_.find(key_of(account, region, name) + "/" + qualifier);
}

void Functions::expect_target(RowChanges& changes, const QualifiedFunction& target) const {
  const Key key = key_of(*target.latest);
  const RowTable* table = &functions_;
  Key row = key;
  if (is_version_number(target.qualifier)) {
    table = &versions_;
    row = version_key(key, target.qualifier);
  } else if (target.qualifier != kLatest) {
    table = &aliases_;
    row = key + "/" + target.qualifier;
  }
  const RowVersion version = table->version(row);
  if (!version) throw function_not_found(target.latest->arn());
  changes.expect(*table, row, version);
}

asio::awaitable<void> Functions::change_policy(QualifiedFunction target, PolicyChange change) {
  const Key row = key_of(*target.latest) + "/" + target.qualifier;
  for (Attempts attempts;; attempts.next()) {
    RowChanges changes;
    expect_target(changes, target);
    const auto now = policies_.read(row);
    if (now.version && !now.row) throw internal();  // a row that this server does not know stays as it is
    auto next = std::make_shared<const ResourcePolicy>(change(now.row ? *now.row : ResourcePolicy()));
    if (next->empty()) {
      changes.expect(policies_, row, now.version);
      changes.remove(policies_, row);
    } else {
      changes.put(policies_, row, std::move(next), now.version);
    }
    if (co_await changes.write(catalog_)) co_return;
  }
}

}  // namespace millrace::lambda
