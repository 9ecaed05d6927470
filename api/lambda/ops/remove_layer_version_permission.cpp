// RemoveLayerVersionPermission: a statement less in the resource policy of a layer's version.
// Source: Lambda API reference, RemoveLayerVersionPermission.
#include "api/lambda/layers/layer_shapes.h"
#include "api/lambda/permissions/permission_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct RemoveLayerPermissionInput {
  std::string layer;
  std::int64_t number = 0;
  std::string sid;
  std::optional<std::string> revision;
};
using In = RemoveLayerPermissionInput;
constexpr auto kInput = shape<In>(field("LayerName", &In::layer, in_path, kLayerName),
                                  field("VersionNumber", &In::number, in_path, required),
                                  field("StatementId", &In::sid, in_path, kStatementId),
                                  field("RevisionId", &In::revision, in_query));

asio::awaitable<Nothing> remove_layer_permission(Lambda& l, const Caller& caller, In in) {
  LayerPtr version = existing_layer_version(l, caller, "RemoveLayerVersionPermission", {in.layer, in.number});
  Layers::PolicyChange change = [&](const ResourcePolicy& now) {
    ResourcePolicy next = now.without(in.sid);
    check_revision(in.revision, now, "", "GetLayerPolicy");
    return next;
  };
  (void)co_await l.layers.change_policy(std::move(version), std::move(change));
  co_return Nothing{};
}

}  // namespace

extern const Operation kRemoveLayerVersionPermission;
const Operation kRemoveLayerVersionPermission =
    operation("RemoveLayerVersionPermission", kInput, kNothing, remove_layer_permission)
        .http("DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}", 204)
        .writes()
        .on(layer_of);

}  // namespace millrace::lambda
