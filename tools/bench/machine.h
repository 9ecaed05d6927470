// What a reader of the figures must know of the machine they are from.
#pragma once

#include <filesystem>
#include <string>

namespace millrace::bench {

// One line: CPU model, cores, memory, kernel, and the filesystem that holds `data`.
std::string machine_line(const std::filesystem::path& data);

}  // namespace millrace::bench
