// Grant tokens: they name a grant, and nobody else can make one.
#pragma once

#include "api/kms/service.h"

namespace millrace::kms {

struct GrantPlace {
  std::string key_arn, grant_id;
};

[[nodiscard]] std::string grant_token(const Seal& master, const Grant& grant);
// nullopt: the text is not a grant token of this server.
[[nodiscard]] std::optional<GrantPlace> place_of_token(const Seal& master, std::string_view token);

}  // namespace millrace::kms
