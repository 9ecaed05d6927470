#include "api/kms/grant.h"

#include <algorithm>
#include <tuple>

#include "api/core/rows.h"

namespace millrace::kms {

namespace {

using Json = nlohmann::json;

auto content(const Grant& g) {
  return std::tie(g.account, g.region, g.key_id, g.name, g.grantee, g.grantee_service, g.retiring_principal,
                  g.retiring_service, g.operations, g.subset, g.equals, g.source_arn, g.issuer);
}

std::optional<EncryptionContext> context_of(const Json& row, const char* name) {
  if (!row.contains(name)) return std::nullopt;
  return row.at(name).get<EncryptionContext>();
}

}  // namespace

std::string encode_grant(const Grant& g) {
  Json row = {{"version", 1},
              {"id", g.id},
              {"account", g.account},
              {"region", g.region},
              {"key", g.key_id},
              {"name", g.name},
              {"grantee", g.grantee},
              {"grantee_service", g.grantee_service},
              {"retiring_principal", g.retiring_principal},
              {"retiring_service", g.retiring_service},
              {"operations", g.operations},
              {"source_arn", g.source_arn},
              {"issuer", g.issuer},
              {"created", ms_of(g.created)}};
  if (g.subset) row["subset"] = *g.subset;
  if (g.equals) row["equals"] = *g.equals;
  return row.dump();
}

Grant decode_grant(const std::string& text) {
  const Json row = parse_row(text, "a grant's");
  Grant g;
  g.id = row.at("id");
  g.account = row.at("account");
  g.region = row.at("region");
  g.key_id = row.at("key");
  g.name = row.at("name");
  g.grantee = row.at("grantee");
  g.grantee_service = row.at("grantee_service");
  g.retiring_principal = row.at("retiring_principal");
  g.retiring_service = row.at("retiring_service");
  g.operations = row.at("operations").get<std::vector<std::string>>();
  g.subset = context_of(row, "subset");
  g.equals = context_of(row, "equals");
  g.source_arn = row.at("source_arn");
  g.issuer = row.at("issuer");
  g.created = time_of(row.at("created"));
  return g;
}

bool grants_the_same(const Grant& a, const Grant& b) { return content(a) == content(b); }

bool allows(const Grant& grant, const std::vector<std::string_view>& arns, std::string_view operation,
            const EncryptionContext& context) {
  if (grant.grantee.empty() || std::find(arns.begin(), arns.end(), grant.grantee) == arns.end()) return false;
  if (std::find(grant.operations.begin(), grant.operations.end(), operation) == grant.operations.end())
    return false;
  if (!grant.source_arn.empty()) return false;  // of requests that a service sends for a resource
  if (grant.equals && *grant.equals != context) return false;
  return !grant.subset || std::all_of(grant.subset->begin(), grant.subset->end(), [&](const auto& entry) {
    const auto found = context.find(entry.first);
    return found != context.end() && found->second == entry.second;
  });
}

}  // namespace millrace::kms
