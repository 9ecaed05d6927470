#include "api/dynamodb/page_request.h"

namespace millrace::dynamodb {

const Index* index_to_read(const TableSettings& table, const std::optional<std::string>& name,
                           bool consistent) {
  if (!name) return nullptr;
  const Index* index = table.index(*name);
  if (!index) throw invalid("The table does not have the specified index: " + *name);
  if (index->global && consistent)
    throw invalid("Consistent reads are not supported on global secondary indexes");
  if (!index->active) throw invalid("Cannot read from backfilling global secondary index: " + *name);
  return index;
}

bool check_select(const std::optional<std::string>& select, const TableSettings&, const Index* index,
                  bool has_projection) {
  const std::string wanted = select.value_or(has_projection ? "SPECIFIC_ATTRIBUTES" : "");
  if (has_projection && wanted != "SPECIFIC_ATTRIBUTES")
    throw invalid("Cannot specify the AttributesToGet when choosing to get " +
                  std::string(wanted == "COUNT" ? "only the Count" : wanted));
  if (!has_projection && wanted == "SPECIFIC_ATTRIBUTES")
    throw invalid(
        "One or more parameter values were invalid: Must specify the AttributesToGet or ProjectionExpression "
        "when "
        "choosing to get SPECIFIC_ATTRIBUTES");
  if (!index && wanted == "ALL_PROJECTED_ATTRIBUTES")
    throw invalid_parameter("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  const bool some = index && index->projection != "ALL";
  if (some && index->global && wanted == "ALL_ATTRIBUTES")
    throw invalid_parameter("Select type ALL_ATTRIBUTES is not supported for global secondary index " +
                            index->name + " because its projection type is not ALL");
  return some && !index->global && (wanted == "ALL_ATTRIBUTES" || has_projection);
}

Item start_key_of(const Json& json) {
  try {
    return item_of(json);
  } catch (const ApiError& e) {
    if (e.code() != "ValidationException") throw;
    // dynalite: AWS adds this in front of some texts only.
    for (const char* alone : {"contains duplicates", "number set", "numeric value", "significant digits",
                              "number with magnitude"})
      if (e.message().find(alone) != std::string::npos) throw;
    throw invalid("The provided starting key is invalid: " + e.message());
  }
}

namespace {

PageOutput output_of(const Page& page, const TableSettings& table, const Index* index,
                     const Selection& selection) {
  PageOutput out;
  out.count = static_cast<std::int64_t>(page.items.size());
  out.scanned = static_cast<std::int64_t>(page.scanned);
  if (!selection.count_only) {
    OrderedJson items = OrderedJson::array();
    for (const Item& item : page.items)
      items.push_back(json_of(selection.paths.empty() ? item : project(item, selection.paths)));
    out.items = std::move(items);
  }
  if (page.last_key) out.last_key = json_of(*page.last_key);
  const double units = read_units(page.bytes, selection.consistent);
  const double whole = page.whole_bytes > 0 ? read_units(page.whole_bytes, selection.consistent) : 0;
  out.consumed = index ? consumed(selection.return_consumed, table, *index, units, whole)
                       : consumed(selection.return_consumed, table, units);
  return out;
}

}  // namespace

asio::awaitable<PageOutput> answer_page(const Store& store, std::shared_ptr<Memory> memory,
                                        PageRequest request, Selection selection) {
  const TablePtr table = request.table;
  const Index* const index = request.index;
  MemoryHold held = co_await reserve_answer(std::move(memory), kPageMemory);
  const Page page = co_await read_page(store, std::move(request));
  PageOutput out = output_of(page, *table, index, selection);
  out.held = std::move(held);
  co_return out;
}

}  // namespace millrace::dynamodb
