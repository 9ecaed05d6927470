// Resource policies: who may use a stream or a consumer besides, or less than, the account that owns it.
// A caller is known by its account: an Allow for one of an account's users or roles lets nobody in, a Deny
// for one refuses the account.
#pragma once

#include <string>
#include <string_view>

namespace millrace::kinesis {

// Throws invalid_policy when the text is no policy document that `judge` could read whole: an object with
// statements of Effect, Principal, Action and Resource. Conditions are refused.
void check_policy(const std::string& text);

// The same with --auth enforce, where the server evaluates policies whole. Throws invalid_policy.
void check_enforced_policy(const std::string& text);

enum class Verdict { allowed, denied, silent };

// What a checked policy says of `account` doing `action` ("kinesis:PutRecord") with the resource. A Deny
// wins. Of statements that only --auth enforce evaluates, each Deny applies and no Allow does.
[[nodiscard]] Verdict judge(const std::string& policy, std::string_view account, std::string_view action,
                            std::string_view resource_arn);

}  // namespace millrace::kinesis
