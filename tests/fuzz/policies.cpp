// IAM policies: what is accepted can be evaluated, for every caller and request, and is within its bounds.
#include "api/auth/policies/document.h"
#include "api/auth/policies/evaluation.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace millrace::auth;

const Identity kCallers[] = {
    {.kind = IdentityKind::user,
     .account = "000000000000",
     .arn = "arn:aws:iam::000000000000:user/u",
     .id = "AIDAAAAAAAAAAAAAAAAAA",
     .name = "u",
     .tags = {{"team", "*"}}},
    {.kind = IdentityKind::assumed_role,
     .account = "000000000000",
     .arn = "arn:aws:sts::000000000000:assumed-role/r/s",
     .id = "AROAAAAAAAAAAAAAAAAAA:s",
     .name = "r",
     .role_arn = "arn:aws:iam::000000000000:role/r",
     .session_name = "s"},
    {.kind = IdentityKind::anonymous},
};

void evaluate(const PolicyPtr& policy, PolicyKind kind) {
  Context context;
  context.add("aws:SourceIp", "10.1.2.3");
  context.add("aws:TagKeys", "a");
  context.add("aws:TagKeys", "b");
  context.add("s3:max-keys", "10");
  context.add("aws:CurrentTime", "2026-01-31T12:00:00Z");
  for (const Identity& caller : kCallers) {
    PolicySet set;
    std::vector<PolicyPtr> of_resource;
    (kind == PolicyKind::identity ? set.identity : of_resource).push_back(policy);
    const AccessRequest request{"kinesis:PutRecord", "arn:aws:kinesis:us-east-1:000000000000:stream/s", "",
                                caller, context};
    std::vector<MatchedStatement> matched;
    const Decision decision = decide(request, set, of_resource, ResourceRule::either, &matched);
    millrace::fuzz::expect(matched.size() <= policy->statements().size(), "a statement matches once");
    millrace::fuzz::expect(!decision.allowed() || !matched.empty(), "a statement allows");
    (void)denial_text(request, decision);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view json = millrace::fuzz::view(data, size);
  for (const PolicyKind kind : {PolicyKind::identity, PolicyKind::resource, PolicyKind::trust}) {
    try {
      const PolicyPtr policy = parse_policy(json, kind);
      (void)policy->context_keys();
      for (const TextRange& range : statement_ranges(json))
        millrace::fuzz::expect(range.begin < range.end && range.end <= json.size(), "ranges are in the text");
      millrace::fuzz::expect(statement_ranges(json).size() == policy->statements().size(),
                             "each statement has a range");
      evaluate(policy, kind);
    } catch (const MalformedPolicy&) {
    }
  }
  return 0;
}
