// Archives come from strangers: no path leaves the directory, no link is made, no size is believed.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "api/lambda/functions/zip_content.h"
#include "server/functions/code/code_cache.h"

namespace millrace::functions {

namespace fs = std::filesystem;

namespace {

constexpr const char* kTooLarge = "exceeds the size limit of unpacked code";
constexpr const char* kTooMany = "more than 100000 files and directories";

struct CloseArchive {
  void operator()(zip_t* z) const { zip_discard(z); }
};
struct CloseEntry {
  void operator()(zip_file_t* f) const { zip_fclose(f); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using EntryReader = std::unique_ptr<zip_file_t, CloseEntry>;

Archive open_archive(const std::string& bytes, std::string& wrong) {
  if (bytes.empty()) {  // which libzip takes for one without entries
    wrong = "not a zip archive: it is empty";
    return nullptr;
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!archive) {
    wrong = std::string("not a zip archive: ") + zip_error_strerror(&error);
    if (source) zip_source_free(source);
  }
  zip_error_fini(&error);
  return Archive(archive);
}

// The permissions of an entry; nullopt when it is neither a file nor a directory.
std::optional<mode_t> mode_of(zip_t* archive, zip_uint64_t index, bool directory) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  zip_file_get_external_attributes(archive, index, 0, &system, &attributes);
  const mode_t mode = system == ZIP_OPSYS_UNIX ? attributes >> 16 : 0;
  const mode_t type = mode & S_IFMT;
  if (type != 0 && type != (directory ? S_IFDIR : S_IFREG)) return std::nullopt;
  if (directory || (mode & 0777) == 0) return 0755;
  const mode_t owner = (mode & S_IRWXU) | S_IRUSR;
  return (mode & 0777) | owner | ((owner & 0500) >> 3) | ((owner & 0500) >> 6);
}

// Copies one entry's bytes; `left` is what the archive as a whole may still unpack.
std::string copy(zip_t* archive, zip_uint64_t index, const fs::path& to, mode_t mode, std::uint64_t& left) {
  const EntryReader in(zip_fopen_index(archive, index, 0));
  if (!in) return std::string("cannot be read: ") + zip_strerror(archive);
  ::unlink(to.c_str());  // another archive's, which may be read-only
  const int out = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (out < 0) return "cannot be written: " + std::generic_category().message(errno);
  std::string wrong;
  std::vector<char> buffer(64 << 10);
  while (wrong.empty()) {
    const zip_int64_t n = zip_fread(in.get(), buffer.data(), buffer.size());
    if (n == 0) break;
    if (n < 0) {
      wrong = "is damaged";
    } else if (static_cast<std::uint64_t>(n) > left) {
      wrong = kTooLarge;
    } else {
      left -= static_cast<std::uint64_t>(n);
      for (zip_int64_t done = 0; done < n && wrong.empty();) {
        const ssize_t w = ::write(out, buffer.data() + done, static_cast<std::size_t>(n - done));
        if (w < 0 && errno != EINTR) wrong = "cannot be written: " + std::generic_category().message(errno);
        if (w > 0) done += w;
      }
    }
  }
  ::fchmod(out, mode);  // whatever the server's umask
  ::close(out);
  return wrong;
}

// Those between the two, and the lower one, open to all, whatever the server's umask.
void make_directories(const fs::path& top, const fs::path& path, std::error_code& ec) {
  std::error_code missing;
  if (path == top || fs::is_directory(path, missing)) return;
  make_directories(top, path.has_filename() ? path.parent_path() : path.parent_path().parent_path(), ec);
  if (!ec) fs::create_directory(path, ec);
  if (!ec) fs::permissions(path, fs::perms(0755), ec);
}

std::string unpack_entry(zip_t* archive, zip_uint64_t index, const fs::path& to, std::uint64_t& left) {
  const char* raw = zip_get_name(archive, index, 0);
  if (!raw) return "an entry without a name";
  const std::string name = raw;
  if (!lambda::stays_inside(name)) return "entry \"" + name + "\" has a path that leads out of the archive";
  const bool directory = name.ends_with('/');
  const std::optional<mode_t> mode = mode_of(archive, index, directory);
  if (!mode) return "entry \"" + name + "\" is neither a file nor a directory";
  const fs::path path = to / name;
  std::error_code ec;
  make_directories(to, directory ? path : path.parent_path(), ec);
  if (ec) return "entry \"" + name + "\" cannot be created: " + ec.message();
  if (directory) return {};
  const std::string wrong = copy(archive, index, path, *mode, left);
  return wrong.empty() ? wrong : "entry \"" + name + "\" " + wrong;
}

// Whether the sizes that the archive claims for its entries are too many. Spares the unpacking of an honest
// one.
bool claims_too_much(zip_t* archive, zip_uint64_t count, std::uint64_t max_bytes) {
  std::uint64_t left = max_bytes;
  for (zip_uint64_t i = 0; i < count; ++i) {
    zip_stat_t info;
    zip_stat_init(&info);
    if (zip_stat_index(archive, i, 0, &info) != 0 || !(info.valid & ZIP_STAT_SIZE)) continue;
    if (info.size > left) return true;
    left -= info.size;
  }
  return false;
}

bool stands_for_too_many(zip_t* archive, zip_uint64_t count) {
  std::vector<std::string> names;
  for (zip_uint64_t i = 0; i < count; ++i)
    if (const char* name = zip_get_name(archive, i, 0)) names.emplace_back(name);
  return lambda::too_many_paths(names);
}

}  // namespace

std::string unpack(const std::string& archive, const fs::path& to, std::uint64_t& left) {
  std::string wrong;
  const Archive zip = open_archive(archive, wrong);
  if (!zip) return wrong;
  const zip_int64_t count = zip_get_num_entries(zip.get(), 0);
  if (count > lambda::kMaxZipEntries)
    return "more than " + std::to_string(lambda::kMaxZipEntries) + " entries";
  if (claims_too_much(zip.get(), static_cast<zip_uint64_t>(count), left))
    return std::string("it ") + kTooLarge;
  if (stands_for_too_many(zip.get(), static_cast<zip_uint64_t>(count))) return kTooMany;
  std::error_code ec;
  fs::create_directories(to, ec);
  if (!ec) fs::permissions(to, fs::perms(0755), ec);
  if (ec) return "cannot create a directory for the code: " + ec.message();
  for (zip_int64_t i = 0; i < count && wrong.empty(); ++i)
    wrong = unpack_entry(zip.get(), static_cast<zip_uint64_t>(i), to, left);
  return wrong;
}

}  // namespace millrace::functions
