#include "server/functions/bootstraps.h"

#include <fstream>
#include <stdexcept>

// The assembler finds the files through -I. Since the compiler does not see them, the build must be told that
// this file depends on them (OBJECT_DEPENDS), and ccache looks only at MILLRACE_BOOTSTRAPS_HASH, if given.
#define MILLRACE_EMBED(name, path)                                                                \
  __asm__(".section .rodata\n.global " #name "\n" #name ":\n.incbin \"" path "\"\n.global " #name \
          "_end\n" #name "_end:\n.previous\n")

MILLRACE_EMBED(millrace_bootstrap_python, "server/functions/bootstrap.py");
MILLRACE_EMBED(millrace_bootstrap_node, "server/functions/bootstrap.mjs");
MILLRACE_EMBED(millrace_bootstrap_ruby, "server/functions/bootstrap.rb");

extern "C" {
extern const char millrace_bootstrap_python[], millrace_bootstrap_python_end[];
extern const char millrace_bootstrap_node[], millrace_bootstrap_node_end[];
extern const char millrace_bootstrap_ruby[], millrace_bootstrap_ruby_end[];
}

namespace millrace::functions {

namespace fs = std::filesystem;

std::string_view python_bootstrap() {
  return {millrace_bootstrap_python,
          static_cast<std::size_t>(millrace_bootstrap_python_end - millrace_bootstrap_python)};
}

std::string_view node_bootstrap() {
  return {millrace_bootstrap_node,
          static_cast<std::size_t>(millrace_bootstrap_node_end - millrace_bootstrap_node)};
}

std::string_view ruby_bootstrap() {
  return {millrace_bootstrap_ruby,
          static_cast<std::size_t>(millrace_bootstrap_ruby_end - millrace_bootstrap_ruby)};
}

namespace {

// Renamed into place: a worker of another server never reads half of it.
void write(const fs::path& path, std::string_view text) {
  fs::path fresh = path;
  fresh += ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + fresh.string());
  fs::permissions(fresh, fs::perms(0644));
  fs::rename(fresh, path);
}

}  // namespace

void write_bootstraps(const fs::path& directory) {
  fs::create_directories(directory);
  fs::permissions(directory, fs::perms(0755));
  write(directory / "bootstrap.py", python_bootstrap());
  write(directory / "bootstrap.mjs", node_bootstrap());
  write(directory / "bootstrap.rb", ruby_bootstrap());
}

}  // namespace millrace::functions
