#include "server/client/deploy_archive.h"

#include <zip.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

namespace millrace {

namespace fs = std::filesystem;

namespace {

bool left_out(const fs::path& name) {
  return name == ".git" || name == "__pycache__" || name == ".DS_Store" || name.extension() == ".pyc";
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

[[noreturn]] void failed(const std::string& what) {
  throw std::runtime_error("the archive cannot be created: " + what);
}

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Source = std::unique_ptr<zip_source_t, decltype(&zip_source_free)>;

// `bytes` must stay until the archive is closed.
void add(zip_t* archive, const std::string& name, const std::string& bytes, fs::perms mode) {
  zip_source_t* const source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  const zip_int64_t at = source ? zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
  if (at < 0) {
    if (source) zip_source_free(source);
    failed(zip_strerror(archive));
  }
  constexpr zip_uint32_t kRegularFile = 0100000;
  const auto index = static_cast<zip_uint64_t>(at);
  const zip_uint32_t unix_mode = static_cast<zip_uint32_t>(mode) | kRegularFile;
  zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_UNIX, unix_mode << 16);
  zip_file_set_mtime(archive, index, 0, 0);
}

std::string content_of(zip_source_t* target) {
  zip_stat_t made;
  zip_stat_init(&made);
  if (zip_source_stat(target, &made) != 0 || zip_source_open(target) != 0)
    failed(zip_error_strerror(zip_source_error(target)));
  std::string out(made.size, '\0');
  const zip_int64_t read = zip_source_read(target, out.data(), out.size());
  zip_source_close(target);
  if (read != static_cast<zip_int64_t>(out.size())) failed("its content cannot be read");
  return out;
}

}  // namespace

Snapshot snapshot_of(const fs::path& directory) {
  Snapshot out;
  for (auto at = fs::recursive_directory_iterator(directory); at != fs::recursive_directory_iterator();
       ++at) {
    if (left_out(at->path().filename())) {
      if (at->is_directory()) at.disable_recursion_pending();
      continue;
    }
    if (at->is_regular_file())
      out[fs::relative(at->path(), directory).generic_string()] = {at->file_size(), at->last_write_time()};
  }
  return out;
}

std::string zip_of(const fs::path& directory, const Snapshot& files) {
  zip_error_t error;
  zip_error_init(&error);
  const Source target(zip_source_buffer_create(nullptr, 0, 0, &error), &zip_source_free);
  if (!target) failed(zip_error_strerror(&error));
  std::vector<std::string> contents;
  contents.reserve(files.size());
  Archive archive(zip_open_from_source(target.get(), ZIP_TRUNCATE, &error), &zip_discard);
  if (!archive) failed(zip_error_strerror(&error));
  zip_source_keep(target.get());  // the archive gives one hold back
  for (const auto& [name, state] : files) {
    contents.push_back(bytes_of(directory / name));
    add(archive.get(), name, contents.back(), fs::status(directory / name).permissions());
  }
  if (zip_close(archive.get()) != 0) failed(zip_strerror(archive.get()));
  (void)archive.release();  // closing has freed it
  return content_of(target.get());
}

}  // namespace millrace
