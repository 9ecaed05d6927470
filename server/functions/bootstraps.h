// The runtimes that ship with the server: what loads a Python or Node.js handler and speaks the Runtime API.
#pragma once

#include <filesystem>
#include <string_view>

namespace millrace::functions {

[[nodiscard]] std::string_view python_bootstrap();
[[nodiscard]] std::string_view node_bootstrap();

// Writes both as `directory`/bootstrap.py and bootstrap.mjs. Throws std::runtime_error when it cannot.
void write_bootstraps(const std::filesystem::path& directory);

}  // namespace millrace::functions
