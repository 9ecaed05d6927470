// The evaluator and the reference agree.
#include <gtest/gtest.h>

#include "api/auth/policies/evaluation.h"
#include "tests/unit/api/auth/policies/random_policies.h"

namespace millrace::auth {

namespace {

using reference::Question;

std::vector<PolicyPtr> parsed(const std::vector<nlohmann::json>& documents, PolicyKind kind) {
  std::vector<PolicyPtr> out;
  for (const nlohmann::json& document : documents) out.push_back(parse_policy(document.dump(), kind));
  return out;
}

std::string words(const Decision& decision) {
  static const char* const kSources[] = {"none", "identity", "resource", "boundary", "session", "trust"};
  if (decision.allowed()) return "allowed";
  const bool deny = decision.outcome == Decision::Outcome::explicit_deny;
  return std::string(deny ? "explicit_deny " : "implicit_deny ") +
         kSources[static_cast<std::size_t>(decision.source)];
}

std::string decision_of(const Question& q) {
  PolicySet set;
  set.identity = parsed(q.identity, PolicyKind::identity);
  if (!q.boundary.is_null()) set.boundary = parse_policy(q.boundary.dump(), PolicyKind::identity);
  set.session = parsed(q.session, PolicyKind::identity);
  set.has_session_policies = q.has_session;
  const auto of_resource =
      parsed(q.resource_policies, q.rule == "trust" ? PolicyKind::trust : PolicyKind::resource);
  const ResourceRule rule = q.rule == "either"          ? ResourceRule::either
                            : q.rule == "resource_must" ? ResourceRule::resource_must
                                                        : ResourceRule::trust;
  Context context;
  for (const auto& [key, values] : q.context)
    for (const std::string& value : values) context.add(key, value);
  const AccessRequest request{q.action, q.resource, q.resource_account, q.caller, context};
  const Decision decision = decide(request, set, of_resource, rule);
  std::vector<MatchedStatement> matched;
  EXPECT_EQ(words(decide(request, set, of_resource, rule, &matched)), words(decision));
  return words(decision);
}

std::string text_of(const Question& q) {
  nlohmann::json out = {{"action", q.action},
                        {"resource", q.resource},
                        {"account", q.resource_account},
                        {"caller", q.caller.arn + q.caller.name},
                        {"context", q.context},
                        {"identity", q.identity},
                        {"session", q.session},
                        {"has_session", q.has_session},
                        {"boundary", q.boundary},
                        {"of_resource", q.resource_policies},
                        {"rule", q.rule}};
  return out.dump(1);
}

#ifdef MILLRACE_SANITIZED
constexpr int kQuestions = 10'000;
#else
constexpr int kQuestions = 100'000;
#endif
constexpr std::uint64_t kSeed = 20121017;

TEST(PolicyEvaluation, EqualsTheReference) {
  std::mt19937_64 random(kSeed);
  std::map<std::string, int> seen;
  for (int i = 0; i < kQuestions; ++i) {
    const Question question = reference::random_question(random);
    const std::string expected = reference::answer(question);
    ASSERT_EQ(decision_of(question), expected)
        << "question " << i << " of the seed " << kSeed << ": " << text_of(question);
    ++seen[expected];
  }
  // Each answer is frequent enough to mean something.
  EXPECT_EQ(seen.size(), 11u);
  for (const auto& [word, count] : seen) {
    RecordProperty(word, count);
    EXPECT_GT(count, kQuestions / 500) << word;
  }
}

}  // namespace

}  // namespace millrace::auth
