#include "api/kms/grant_shapes.h"

#include "api/core/principal.h"

namespace millrace::kms {

namespace {

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

GrantListEntry entry_of(const Grant& g) {
  GrantListEntry out;
  out.key = key_arn(g.region, g.account, g.key_id);
  out.id = g.id;
  out.name = unless_empty(g.name);
  out.created = g.created;
  out.grantee = unless_empty(g.grantee);
  out.retiring_principal = unless_empty(g.retiring_principal);
  out.issuer = root_of(g.issuer, g.region).arn;
  out.operations = g.operations;
  if (g.subset || g.equals || !g.source_arn.empty())
    out.constraints = GrantConstraints{g.subset, g.equals, unless_empty(g.source_arn)};
  out.grantee_service = unless_empty(g.grantee_service);
  out.retiring_service = unless_empty(g.retiring_service);
  return out;
}

}  // namespace millrace::kms
