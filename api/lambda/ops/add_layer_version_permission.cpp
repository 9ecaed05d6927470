// AddLayerVersionPermission: a statement more in the resource policy of a layer's version.
// Source: Lambda API reference, AddLayerVersionPermission.
#include "api/lambda/layers/layer_shapes.h"
#include "api/lambda/permissions/permission_shapes.h"
#include "api/lambda/permissions/statement.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct AddLayerPermissionInput {
  std::string layer;
  std::int64_t number = 0;
  std::string sid, action, principal;
  std::optional<std::string> organization, revision;
};
using In = AddLayerPermissionInput;
constexpr auto kInput = shape<In>(
    field("LayerName", &In::layer, in_path, kLayerName),
    field("VersionNumber", &In::number, in_path, required), field("StatementId", &In::sid, kStatementId),
    field("Action", &In::action, required, length(0, 22), pattern("lambda:GetLayerVersion")),
    field("Principal", &In::principal, required,
          pattern("\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root")),
    field("OrganizationId", &In::organization, length(0, 34), kOrganization),
    field("RevisionId", &In::revision, in_query));

struct AddLayerPermissionOutput {
  std::string statement, revision;
};
constexpr auto kOutput =
    shape<AddLayerPermissionOutput>(field("Statement", &AddLayerPermissionOutput::statement),
                                    field("RevisionId", &AddLayerPermissionOutput::revision));

asio::awaitable<AddLayerPermissionOutput> add_layer_permission(Lambda& l, const Caller& caller, In in) {
  LayerPtr version = existing_layer_version(l, caller, "AddLayerVersionPermission", {in.layer, in.number});
  Grant grant;
  grant.sid = in.sid;
  grant.action = in.action;
  grant.resource = version->arn();
  grant.principal = in.principal;
  grant.organization = in.organization;
  const PolicyStatement statement = statement_of(grant, version->region);
  Layers::PolicyChange change = [&](const ResourcePolicy& now) {
    check_revision(in.revision, now, "", "GetLayerPolicy");
    return now.with(statement);
  };
  const ResourcePolicyPtr policy = co_await l.layers.change_policy(std::move(version), std::move(change));
  co_return AddLayerPermissionOutput{statement.text, policy->revision()};
}

}  // namespace

extern const Operation kAddLayerVersionPermission;
const Operation kAddLayerVersionPermission =
    operation("AddLayerVersionPermission", kInput, kOutput, add_layer_permission)
        .http("POST", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 201)
        .writes()
        .on(layer_of);

}  // namespace millrace::lambda
