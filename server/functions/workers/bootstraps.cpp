#include "server/functions/workers/bootstraps.h"

#include <fstream>
#include <stdexcept>

#include "server/functions/isolation/scratch.h"
#include "storage/base/files.h"

// The assembler finds the files through -I. Since the compiler does not see them, the build must be told that
// this file depends on them (OBJECT_DEPENDS), and ccache looks only at MILLRACE_BOOTSTRAPS_HASH, if given.
#define MILLRACE_EMBED(name, path)                                                                \
  __asm__(".section .rodata\n.global " #name "\n" #name ":\n.incbin \"" path "\"\n.global " #name \
          "_end\n" #name "_end:\n.previous\n")

MILLRACE_EMBED(millrace_bootstrap_python, "server/functions/workers/bootstrap.py");
MILLRACE_EMBED(millrace_bootstrap_node, "server/functions/workers/bootstrap.mjs");
MILLRACE_EMBED(millrace_bootstrap_ruby, "server/functions/workers/bootstrap.rb");

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

bool has(const fs::path& path, std::string_view text) {
  std::error_code failed;
  if (!fs::is_regular_file(fs::symlink_status(path, failed))) return false;
  const storage::Result<std::string> there = storage::read_file(path);  // what cannot be read is written anew
  return there && *there == text;
}

// Renamed into place: a worker of another server never reads half of it.
void write(const fs::path& path, std::string_view text) {
  if (has(path, text)) return;  // so that a full disk does not matter
  fs::path fresh = path;
  fresh += ".new";
  std::error_code ignored;
  fs::remove_all(fresh, ignored);  // a link would be followed
  if (fs::is_directory(fs::symlink_status(path, ignored))) fs::remove_all(path, ignored);
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + fresh.string());
  fs::permissions(fresh, fs::perms(0644));
  fs::rename(fresh, path);
}

}  // namespace

void write_bootstraps(const fs::path& directory) {
  std::error_code failed;
  ensure_directory(directory, failed);
  if (failed) throw fs::filesystem_error("cannot create a directory", directory, failed);
  fs::permissions(directory, fs::perms(0755));
  write(directory / "bootstrap.py", python_bootstrap());
  write(directory / "bootstrap.mjs", node_bootstrap());
  write(directory / "bootstrap.rb", ruby_bootstrap());
}

}  // namespace millrace::functions
