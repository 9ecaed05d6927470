// ListLayerVersions: the versions of a layer, the newest first, a page at a time.
// Source: Lambda API reference, ListLayerVersions.
#include "api/lambda/functions/versions.h"
#include "api/lambda/layers/layer_shapes.h"
#include "api/lambda/layers/layers.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

constexpr std::string_view kPurpose = "lambda ListLayerVersions";

struct ListLayerVersionsInput {
  std::string name;
  std::optional<std::string> runtime, architecture, marker;
  std::optional<int> max_items;
};
using In = ListLayerVersionsInput;
constexpr auto kInput = shape<In>(
    field("LayerName", &In::name, in_path, kLayerName), field("CompatibleRuntime", &In::runtime, in_query),
    field("CompatibleArchitecture", &In::architecture, in_query, one_of<"x86_64", "arm64">),
    field("Marker", &In::marker, in_query), field("MaxItems", &In::max_items, in_query, range(1, 50)));

struct ListLayerVersionsOutput {
  std::optional<std::string> next;
  std::vector<LayerVersionItem> versions;
};
using Out = ListLayerVersionsOutput;
constexpr auto kOutput =
    shape<Out>(field("NextMarker", &Out::next), field("LayerVersions", &Out::versions, kLayerVersionItem));

asio::awaitable<Out> list_layer_versions(Lambda& l, const Caller& caller, In in) {
  check_runtime(in.runtime);
  const LayerName name = parse_layer_name(in.name);
  check_layer_owner(caller, "ListLayerVersions", name);
  std::vector<LayerPtr> all = l.layers.versions(caller, name.name);
  std::erase_if(all, [&in](const LayerPtr& v) { return !matches(*v, in.runtime, in.architecture); });
  const Page page = page_of(l, kPurpose, all.size(), in.marker, in.max_items);
  Out out{page.next, {}};
  for (const LayerPtr& v : std::span(all).subspan(page.first, page.count))
    out.versions.push_back(item_of(*v));
  co_return out;
}

}  // namespace

extern const Operation kListLayerVersions;
const Operation kListLayerVersions = operation("ListLayerVersions", kInput, kOutput, list_layer_versions)
                                         .http("GET", "/2018-10-31/layers/{LayerName}/versions")
                                         .reads()
                                         .on(layer_of);

}  // namespace millrace::lambda
