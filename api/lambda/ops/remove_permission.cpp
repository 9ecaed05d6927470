// RemovePermission: a statement less in the resource policy of a function, a version or an alias.
// Source: Lambda API reference, RemovePermission.
#include "api/lambda/errors.h"
#include "api/lambda/permissions/permission_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct RemovePermissionInput {
  std::string function, sid;
  std::optional<std::string> qualifier, revision;
};
using In = RemovePermissionInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::function, in_path, kNamespacedFunctionName),
                                  field("StatementId", &In::sid, in_path, kNamespacedStatementId),
                                  field("Qualifier", &In::qualifier, in_query, kQualifier),
                                  field("RevisionId", &In::revision, in_query));

asio::awaitable<Nothing> remove_permission(Lambda& l, const Caller& caller, In in) {
  const Target named = target_of(caller, "RemovePermission", in.function, in.qualifier);
  if (!l.functions.find(named.account, named.region, named.name))
    throw no_policy_of(function_arn(named.account, named.region, named.name));
  const PermissionTarget target = permission_target(l.functions, named);
  Functions::PolicyChange change = [&](const ResourcePolicy& now) {
    ResourcePolicy next = now.without(in.sid);
    check_revision(in.revision, now, target.revision, "GetPolicy");
    return next;
  };
  co_await l.functions.change_policy(target.function, std::move(change));
  co_return Nothing{};
}

}  // namespace

extern const Operation kRemovePermission;
const Operation kRemovePermission =
    operation("RemovePermission", kInput, kNothing, remove_permission)
        .http("DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", 204)
        .writes()
        .on(whole_function_of);

}  // namespace millrace::lambda
