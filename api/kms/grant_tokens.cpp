#include "api/kms/grant_tokens.h"

namespace millrace::kms {

namespace {

constexpr std::string_view kPurpose = "kms grant token";

}  // namespace

std::string grant_token(const Seal& master, const Grant& g) {
  return master.seal(kPurpose, "", key_arn(g.region, g.account, g.key_id) + " " + g.id);
}

std::optional<GrantPlace> place_of_token(const Seal& master, std::string_view token) {
  const auto text = master.open(kPurpose, "", token);
  if (!text) return std::nullopt;
  const std::size_t space = text->find(' ');
  if (space == std::string::npos) return std::nullopt;
  return GrantPlace{text->substr(0, space), text->substr(space + 1)};
}

}  // namespace millrace::kms
