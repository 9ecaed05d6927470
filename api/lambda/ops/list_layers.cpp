// ListLayers: the caller's layers by name, each with its newest version that is asked for, a page at a time.
// Source: Lambda API reference, ListLayers.
#include "api/lambda/functions/versions.h"
#include "api/lambda/layers/layer_shapes.h"

namespace millrace::lambda {

namespace {

constexpr std::string_view kPurpose = "lambda ListLayers";

struct ListLayersInput {
  std::optional<std::string> runtime, architecture, marker;
  std::optional<int> max_items;
};
using In = ListLayersInput;
constexpr auto kInput = shape<In>(
    field("CompatibleRuntime", &In::runtime, in_query),
    field("CompatibleArchitecture", &In::architecture, in_query, one_of<"x86_64", "arm64">),
    field("Marker", &In::marker, in_query), field("MaxItems", &In::max_items, in_query, range(1, 50)));

struct LayerItem {
  std::string name, arn;
  LayerVersionItem latest;
};
constexpr auto kLayerItem =
    shape<LayerItem>(field("LayerName", &LayerItem::name), field("LayerArn", &LayerItem::arn),
                     field("LatestMatchingVersion", &LayerItem::latest, kLayerVersionItem));

struct ListLayersOutput {
  std::optional<std::string> next;
  std::vector<LayerItem> layers;
};
constexpr auto kOutput = shape<ListLayersOutput>(field("NextMarker", &ListLayersOutput::next),
                                                 field("Layers", &ListLayersOutput::layers, kLayerItem));

asio::awaitable<ListLayersOutput> list_layers(Lambda& l, const Caller& caller, In in) {
  check_runtime(in.runtime);
  std::vector<LayerPtr> newest;
  for (const LayerPtr& v : l.layers.all(caller))
    if (matches(*v, in.runtime, in.architecture) && (newest.empty() || newest.back()->name != v->name))
      newest.push_back(v);
  const Page page = page_of(l, kPurpose, newest.size(), in.marker, in.max_items);
  ListLayersOutput out{page.next, {}};
  for (const LayerPtr& v : std::span(newest).subspan(page.first, page.count))
    out.layers.push_back({v->name, v->layer_arn(), item_of(*v)});
  co_return out;
}

}  // namespace

extern const Operation kListLayers;
const Operation kListLayers = operation("ListLayers", kInput, kOutput, list_layers)
                                  .http("GET", "/2018-10-31/layers")
                                  .reads()
                                  .on(every_resource);

}  // namespace millrace::lambda
