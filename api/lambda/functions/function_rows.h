// The rows of functions, their versions and aliases: keys and JSON. See store.h.
#pragma once

#include "api/lambda/model.h"

namespace millrace::lambda {

inline constexpr std::string_view kFunctionPrefix = "l/f/", kVersionPrefix = "l/v/", kAliasPrefix = "l/a/",
                                  kPolicyPrefix = "l/r/";

// account/region/name
[[nodiscard]] std::string key_of(const std::string& account, const std::string& region,
                                 const std::string& name);
[[nodiscard]] std::string key_of(const Function& function);
// account/sha256: an archive of code that an account's functions share.
[[nodiscard]] std::string code_key(const std::string& account, const std::string& sha256);
// The SHA-256s of the archives that the function needs: its own, then its layers'.
[[nodiscard]] std::vector<std::string> archives_of(const Function& function);
// Whether the text is the number of a published version.
[[nodiscard]] bool is_version_number(const std::string& text);
// Of a published version, behind kVersionPrefix; all of one function begin with its key and "/".
[[nodiscard]] std::string version_key(const std::string& function_key, const std::string& version);

// JSON, {"version": 1, ...}. The readers throw std::runtime_error for a version that they do not know.
[[nodiscard]] std::string row_of(const Function& function);
[[nodiscard]] Function function_of(const std::string& row);
[[nodiscard]] std::string row_of(const Alias& alias);
[[nodiscard]] Alias alias_of(const std::string& row);

}  // namespace millrace::lambda
