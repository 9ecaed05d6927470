// AddPermission: a statement more in the resource policy of a function, a version or an alias.
// Source: Lambda API reference, AddPermission.
#include "api/lambda/errors.h"
#include "api/lambda/permissions/permission_shapes.h"
#include "api/lambda/permissions/statement.h"
#include "api/lambda/resources.h"
#include "api/lambda/urls/function_url.h"

namespace millrace::lambda {

namespace {

constexpr std::string_view kInvoke = "lambda:InvokeFunction", kInvokeUrl = "lambda:InvokeFunctionUrl";

struct AddPermissionInput {
  std::string function, sid, action, principal;
  std::optional<std::string> source_arn, auth_type, source_account, token, qualifier, revision, organization;
  std::optional<bool> via_url;
};
using In = AddPermissionInput;
constexpr auto kInput = shape<In>(
    field("FunctionName", &In::function, in_path, kNamespacedFunctionName),
    field("StatementId", &In::sid, kStatementId),
    field("Action", &In::action, required, pattern("(lambda:[*]|lambda:[a-zA-Z]+|[*])")),
    field("Principal", &In::principal, required, pattern("[^\\s]+")),
    field("SourceArn", &In::source_arn,
          pattern("arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-"
                  "\\d{1})?:(\\d{12})?:(.*)")),
    field("FunctionUrlAuthType", &In::auth_type, kAuthType), field("InvokedViaFunctionUrl", &In::via_url),
    field("SourceAccount", &In::source_account, length(0, 12), pattern("\\d{12}")),
    field("EventSourceToken", &In::token, length(0, 256), pattern("[a-zA-Z0-9._\\-]+")),
    field("Qualifier", &In::qualifier, in_query, kQualifier), field("RevisionId", &In::revision),
    field("PrincipalOrgID", &In::organization, length(12, 34), kOrganization));

struct AddPermissionOutput {
  std::string statement;
};
constexpr auto kOutput = shape<AddPermissionOutput>(field("Statement", &AddPermissionOutput::statement));

asio::awaitable<AddPermissionOutput> add_permission(Lambda& l, const Caller& caller, In in) {
  const Target named = target_of(caller, "AddPermission", in.function, in.qualifier);
  if (named.qualifier == kLatest) throw policy_of_latest();
  const PermissionTarget target = permission_target(l.functions, named);
  const bool via_url = in.via_url.value_or(false);
  if (in.auth_type && in.action != kInvokeUrl)
    throw member_of_another_action("FunctionUrlAuthType", kInvokeUrl);
  if (via_url && in.action != kInvoke) throw member_of_another_action("InvokedViaFunctionUrl", kInvoke);
  const Grant grant{in.sid,   in.action,    target.arn,      in.principal, in.source_arn, in.source_account,
                    in.token, in.auth_type, in.organization, via_url};
  const PolicyStatement statement = statement_of(grant, named.region);
  Functions::PolicyChange change = [&](const ResourcePolicy& now) {
    check_revision(in.revision, now, target.revision, "GetPolicy");
    return now.with(statement);
  };
  co_await l.functions.change_policy(target.function, std::move(change));
  co_return AddPermissionOutput{statement.text};
}

}  // namespace

extern const Operation kAddPermission;
const Operation kAddPermission = operation("AddPermission", kInput, kOutput, add_permission)
                                     .http("POST", "/2015-03-31/functions/{FunctionName}/policy", 201)
                                     .writes()
                                     .on(whole_function_of);

}  // namespace millrace::lambda
