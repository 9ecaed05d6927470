#include "api/lambda/permissions/resource_policy.h"

#include <algorithm>

#include "api/core/rows.h"
#include "api/lambda/errors.h"
#include "storage/base/ids.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

auto find(const std::vector<PolicyStatement>& statements, std::string_view sid) {
  return std::find_if(statements.begin(), statements.end(),
                      [&](const PolicyStatement& s) { return s.sid == sid; });
}

}  // namespace

ResourcePolicy::ResourcePolicy(std::string revision, std::vector<PolicyStatement> statements)
    : revision_(std::move(revision)),
      statements_(std::move(statements)),
      document_(R"({"Version":"2012-10-17","Id":"default","Statement":[)") {
  for (const PolicyStatement& s : statements_) document_ += (&s == statements_.data() ? "" : ",") + s.text;
  document_ += "]}";
}

ResourcePolicy ResourcePolicy::with(PolicyStatement statement) const {
  if (find(statements_, statement.sid) != statements_.end()) throw statement_exists(statement.sid);
  std::vector<PolicyStatement> all = statements_;
  all.push_back(std::move(statement));
  ResourcePolicy next(new_uuid(), std::move(all));
  if (next.document_.size() > kMaxPolicyBytes) throw policy_too_long(next.document_.size(), kMaxPolicyBytes);
  return next;
}

ResourcePolicy ResourcePolicy::without(std::string_view sid) const {
  if (empty()) throw policy_missing();
  const auto found = find(statements_, sid);
  if (found == statements_.end()) throw statement_not_found(sid);
  std::vector<PolicyStatement> rest(statements_.begin(), found);
  rest.insert(rest.end(), found + 1, statements_.end());
  return {new_uuid(), std::move(rest)};
}

std::shared_ptr<const std::string> document_of(const ResourcePolicyPtr& policy) {
  return policy ? std::shared_ptr<const std::string>(policy, &policy->document()) : nullptr;
}

std::string row_of(const ResourcePolicy& policy) {
  Json j{{"version", 1}, {"revision", policy.revision()}, {"statements", Json::array()}};
  for (const PolicyStatement& s : policy.statements())
    j["statements"].push_back({{"sid", s.sid}, {"text", s.text}});
  return j.dump();
}

ResourcePolicy resource_policy_of(const std::string& row) {
  const Json j = parse_row(row, "a resource policy's");
  std::vector<PolicyStatement> statements;
  for (const Json& s : j.at("statements")) statements.push_back({s.at("sid"), s.at("text")});
  return {j.at("revision"), std::move(statements)};
}

}  // namespace millrace::lambda
