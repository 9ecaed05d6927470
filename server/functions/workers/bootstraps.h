// The runtimes that ship with the server: what loads a Python, Node.js or Ruby handler and speaks the Runtime
// API.
#pragma once

#include <filesystem>
#include <string_view>

namespace millrace::functions {

[[nodiscard]] std::string_view python_bootstrap();
[[nodiscard]] std::string_view node_bootstrap();
[[nodiscard]] std::string_view ruby_bootstrap();

// Writes them as `directory`/bootstrap.py, .mjs and .rb, for all to read. Throws std::runtime_error when it
// cannot.
void write_bootstraps(const std::filesystem::path& directory);

}  // namespace millrace::functions
