#include "api/dynamodb/item_write.h"

#include <algorithm>

#include "api/core/error.h"
#include "api/dynamodb/errors.h"
#include "api/dynamodb/shapes.h"
#include "api/dynamodb/values/bytes.h"

namespace millrace::dynamodb {

namespace {

std::int64_t bytes_of(const std::optional<Item>& item) {
  return item ? static_cast<std::int64_t>(size_of(*item)) : 0;
}

// What the update says about the types of keys of indexes. A REMOVE has no value.
void check_index_types(const TableSettings& table, const Update& update) {
  for (const Index& index : table.indexes)
    for (const KeyAttribute& key : index.keys)
      for (const UpdateAction& action : update.actions) {
        if (action.kind == UpdateAction::Kind::remove || action.path != Path{key.name}) continue;
        const auto type = fixed_type(action.value);
        if (type && *type != key.type)
          throw wrong_index_key(index.name, key.name, name_of(key.type), name_of(*type));
      }
}

void check_update(const TableSettings& table, const Update& update) {
  for (const UpdateAction& action : update.actions)
    for (const KeyAttribute& key : table.keys)
      if (head_of(action.path) == key.name)
        throw invalid_parameter("Cannot update attribute " + key.name +
                                ". This attribute is part of the key");
  check_index_types(table, update);
  std::vector<const Path*> paths;
  update.collect_paths(paths);
  check_key_paths(table, paths);
}

// A value out of the item may have another type than the key of an index that it is given to.
void check_set_types(const TableSettings& table, const Update& update, const Item& item) {
  for (const Index& index : table.indexes)
    for (const KeyAttribute& key : index.keys)
      for (const UpdateAction& action : update.actions) {
        if (action.kind != UpdateAction::Kind::set || action.path != Path{key.name}) continue;
        const auto found = item.find(key.name);
        if (found != item.end() && found->second.type() != key.type)
          throw invalid(
              "The update expression attempted to update the secondary index key to unsupported type");
      }
}

// DELETE alone makes no item (AttributeUpdates).
bool makes_item(const Update& update) {
  if (update.by_expression || update.actions.empty()) return true;
  return std::any_of(update.actions.begin(), update.actions.end(), [](const UpdateAction& action) {
    return action.kind != UpdateAction::Kind::remove && action.kind != UpdateAction::Kind::take_out;
  });
}

Item updated(const TableSettings& table, const ItemWrite& write, const std::optional<Item>& before) {
  Item item = before ? *before : write.item;
  if (write.update) {
    apply_update(*write.update, item);
    if (write.update->by_expression) check_set_types(table, *write.update, item);
  }
  for (const auto& [name, value] : item)
    if (!nests_within(value, kMaxNesting)) throw invalid("Nesting Levels have exceeded supported limits");
  check_item(table, item);
  if (size_of(item) > kMaxItemBytes)
    throw invalid("Item size to update has exceeded the maximum allowed size");
  return item;
}

}  // namespace

Decided decide(const TableSettings& table, const ItemWrite& write, const std::optional<Item>& before) {
  static const Item kNone;
  if (write.condition && !write.condition->holds(before ? *before : kNone)) return std::nullopt;
  switch (write.kind) {
    case ItemWrite::Kind::put:
      return Decided(std::in_place, write.item);
    case ItemWrite::Kind::remove:
      return Decided(std::in_place, std::nullopt);
    case ItemWrite::Kind::check:
      return Decided(std::in_place, before);
    case ItemWrite::Kind::update:
      break;
  }
  if (!before && write.update && !makes_item(*write.update)) return Decided(std::in_place, before);
  return Decided(std::in_place, updated(table, write, before));
}

FoundTable checked_table(const Store& store, const ItemWrite& write) {
  FoundTable found = store.find(write.table_key);
  if (!found.table) throw no_table_for_items();
  if (write.kind == ItemWrite::Kind::put) {
    check_item(*found.table, write.item);
    if (size_of(write.item) > kMaxItemBytes) throw invalid("Item size has exceeded the maximum allowed size");
  } else {
    check_key(found.table->keys, write.item);
    if (write.update) check_update(*found.table, *write.update);
  }
  return found;
}

void add_changes(storage::CatalogBatch& batch, const TableSettings& table, const std::string& row_key,
                 const std::optional<Item>& before, const std::optional<Item>& after) {
  if (after)
    batch.put(row_key, row_of(*after));
  else if (before)
    batch.remove(row_key);
  for (const Index& index : table.indexes) {
    const bool was = before && has_keys(index.keys, *before), is = after && has_keys(index.keys, *after);
    const std::string old_key = was ? index_row_key(table, index, *before) : "";
    const std::string new_key = is ? index_row_key(table, index, *after) : "";
    if (was && old_key != new_key) batch.remove(old_key);
    if (!is) continue;
    std::string row = row_of(projected(table, index, *after));
    // An index that is being made may lack the row.
    if (old_key == new_key && index.active && row == row_of(projected(table, index, *before))) continue;
    batch.put(new_key, std::move(row));
  }
}

asio::awaitable<std::optional<Item>> read_item(const Store& store, std::string row_key,
                                               std::optional<std::string>& row) {
  row = or_throw(co_await store.catalog.fetch(std::move(row_key)));
  if (!row) co_return std::nullopt;
  co_return item_of_row(*row);
}

void count_change(Store& store, const Written& written) {
  const std::int64_t items = (written.after ? 1 : 0) - (written.before ? 1 : 0);
  store.add(written.table->id, {items, bytes_of(written.after) - bytes_of(written.before)});
}

asio::awaitable<Written> write_item(Store& store, ItemWrite write) {
  Attempts attempts;
  for (;;) {
    attempts.next();
    const FoundTable found = checked_table(store, write);
    const TableSettings& table = *found.table;
    const std::string row_key = item_row_key(table, write.item);
    std::optional<std::string> row;
    std::optional<Item> before = co_await read_item(store, row_key, row);
    auto after = decide(table, write, before);
    if (!after) throw ConditionFailure{std::move(before)};
    storage::CatalogBatch batch;
    store.expect(batch, write.table_key, found);
    batch.expect(row_key, row ? std::optional<std::string_view>(*row) : std::nullopt);
    add_changes(batch, table, row_key, before, *after);
    const bool nothing = batch.changes().empty();
    if (!nothing && !co_await store.write(std::move(batch))) continue;
    Written written{found.table, std::move(before), *std::move(after)};
    count_change(store, written);
    co_return written;
  }
}

}  // namespace millrace::dynamodb
