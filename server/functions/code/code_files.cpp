#include "server/functions/code/code_files.h"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/lambda/model.h"
#include "server/log.h"
#include "storage/base/files.h"
#include "storage/file_sums.h"

namespace millrace::functions {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnding = ".zip";

}  // namespace

CodeFiles::CodeFiles(fs::path directory, Options options, ObjectSource* objects,
                     storage::DamagedObjects* damaged)
    : directory_(std::move(directory)),
      unused_(directory_.string() + ".unused"),
      options_(options),
      objects_(objects),
      damaged_(damaged) {
  for (const fs::path& folder : {directory_.parent_path(), directory_})
    if (const storage::Result<void> made = storage::make_directory(folder, durable()); !made)
      throw std::runtime_error("the directory of functions cannot be used: " + made.error().detail);
}

CodeFiles::~CodeFiles() { pool_.join(); }

fs::path CodeFiles::path_of(const std::string& account, const std::string& code_sha256) const {
  const std::string digest = hex(base64_decode(code_sha256).value_or(""));
  return directory_ / account / (digest + std::string(kEnding));
}

asio::awaitable<std::optional<std::string>> CodeFiles::zip_of(std::string account, std::string code_sha256) {
  co_return co_await asio::co_spawn(pool_, read(path_of(account, code_sha256)), asio::use_awaitable);
}

asio::awaitable<storage::Result<void>> CodeFiles::put(std::string account, std::string code_sha256,
                                                      std::string zip) {
  co_return co_await asio::co_spawn(pool_, write(path_of(account, code_sha256), std::move(zip)),
                                    asio::use_awaitable);
}

asio::awaitable<std::optional<FilePart>> CodeFiles::file_of(std::string account, std::string code_sha256) {
  co_return co_await asio::co_spawn(pool_, open(path_of(account, code_sha256)), asio::use_awaitable);
}

asio::awaitable<void> CodeFiles::discard(std::string account, std::string code_sha256,
                                         std::function<bool()> unused) {
  co_await asio::co_spawn(pool_, remove(path_of(account, code_sha256), std::move(unused)),
                          asio::use_awaitable);
}

asio::awaitable<void> CodeFiles::sweep(std::function<bool(const std::string&, const std::string&)> used) {
  co_await asio::co_spawn(pool_, remove_unused(std::move(used)), asio::use_awaitable);
}

asio::awaitable<boost::system::result<std::string, lambda::FetchError>> CodeFiles::fetch(
    Caller caller, std::string bucket, std::string key, std::uint64_t limit) {
  if (!objects_) co_return lambda::FetchError{"NoSuchBucket", "The specified bucket does not exist"};
  co_return co_await objects_->read(std::move(caller), std::move(bucket), std::move(key), limit);
}

void CodeFiles::check(const std::string& account, const std::string& code_sha256, std::uint64_t bytes,
                      const std::function<bool()>& used) {
  if (!damaged_) return;
  const Path path = path_of(account, code_sha256);
  std::error_code failed;
  const bool there = fs::is_regular_file(path, failed);
  const std::uint64_t size = there ? fs::file_size(path, failed) : 0;
  if ((there && !failed && size == bytes) || !used()) return;
  damaged_->add({account, "", path.stem(), path.string(),
                 there ? "the file has " + std::to_string(size) + " bytes instead of " + std::to_string(bytes)
                       : "the file " + path.string() + " is missing"});
}

void CodeFiles::recheck_damaged() {
  if (!damaged_) return;
  for (const storage::DamagedObject& one : damaged_->all()) {
    if (!one.bucket.empty()) continue;
    const storage::Result<std::string> bytes = storage::read_file(one.file);
    if (bytes) (void)is_whole(one.file, *bytes);
  }
}

bool CodeFiles::is_whole(const Path& path, const std::string& bytes) const {
  if (hex(sha256(bytes)) == path.stem()) {
    if (damaged_) damaged_->forget(path.string());
    return true;
  }
  if (damaged_)
    damaged_->add({path.parent_path().filename(), "", path.stem(), path.string(),
                   "the archive does not match its SHA-256"});
  return false;
}

// What is damaged is noted, and refused by whoever unpacks it.
asio::awaitable<std::optional<std::string>> CodeFiles::read(Path path) {
  const storage::Result<std::string> bytes = storage::read_file(path);
  if (!bytes) co_return std::nullopt;
  (void)is_whole(path, *bytes);
  co_return *bytes;
}

asio::awaitable<storage::Result<void>> CodeFiles::write(Path path, std::string zip) {
  const std::lock_guard lock(mutex_);
  const Path directory = path.parent_path();
  if (storage::Result<void> made = storage::make_directory(directory, durable()); !made) co_return made;
  const storage::Result<std::string> before = storage::read_file(path);
  if (!before || *before != zip) {
    const storage::Result<void> written = storage::write_file(path, zip, durable());
    if (written && damaged_) damaged_->forget(path.string());
    co_return written;
  }
  // An earlier attempt may have failed between the rename and its sync.
  co_return options_.sync ? storage::sync_names(directory) : storage::Result<void>{};
}

asio::awaitable<std::optional<FilePart>> CodeFiles::open(Path path) {
  storage::File file(path, O_RDONLY);
  const storage::Result<std::string> bytes = storage::read_file(path);
  if (!file || !bytes) co_return std::nullopt;
  if (!is_whole(path, *bytes)) throw std::runtime_error(path.string() + " is damaged");
  FilePart part;
  part.size = bytes->size();
  part.descriptor = storage::own_descriptor(file.release());
  co_return part;
}

asio::awaitable<void> CodeFiles::remove(Path path, std::function<bool()> unused) {
  const std::lock_guard lock(mutex_);
  if (!unused()) co_return;
  std::error_code ec;
  fs::remove(path, ec);
  if (damaged_) damaged_->forget(path.string());
  if (ec) log::warning("code_removal_failed", {{"path", path.string()}, {"reason", ec.message()}});
}

// Not below symbolic links: what they lead to may have other users.
std::vector<CodeFiles::Found> CodeFiles::list(const Path& directory, const Used& used) {
  std::vector<Found> out;
  if (!fs::is_directory(fs::symlink_status(directory))) return out;
  for (const auto& account : fs::directory_iterator(directory)) {
    if (!fs::is_directory(account.symlink_status())) continue;
    for (const auto& file : fs::directory_iterator(account.path())) {
      Found found{account.path().filename(), file.path()};
      const std::string digest = unhex(file.path().stem().string()).value_or("");
      found.archive = file.path().extension() == kEnding;
      found.used = found.archive && used(found.account, base64_encode(digest));
      out.push_back(std::move(found));
    }
  }
  return out;
}

void CodeFiles::set_aside(const Found& file) const {
  const Path folder = unused_ / file.account;
  for (const Path& each : {unused_, folder}) {
    if (fs::is_symlink(each))
      return log::warning("unused_code_removal_failed",
                          {{"path", each.string()}, {"reason", "it is a symbolic link"}});
    if (const storage::Result<void> made = storage::make_directory(each); !made)
      return log::warning("unused_code_removal_failed", {{"reason", made.error().detail}});
  }
  std::error_code failed;
  fs::rename(file.path, folder / file.path.filename(), failed);
  if (failed)
    log::warning("unused_code_removal_failed", {{"path", file.path.string()}, {"reason", failed.message()}});
  else
    log::info("unused_code_set_aside", {{"path", file.path.string()}, {"to", unused_.string()}});
}

// An archive that an earlier start set aside.
void CodeFiles::restore_or_remove(const Found& file) const {
  const Path place = directory_ / file.account / file.path.filename();
  std::error_code failed;
  if (file.used && !fs::exists(place, failed)) {
    (void)storage::make_directory(place.parent_path(), durable());
    fs::rename(file.path, place, failed);
    if (failed)
      log::error("code_not_restored", {{"path", file.path.string()}, {"reason", failed.message()}});
    else
      log::info("code_restored", {{"path", place.string()}});
    return;
  }
  if (options_.keep_unused) return;
  fs::remove_all(file.path, failed);
  log::info("unused_code_removed", {{"path", file.path.string()}});
}

// No archive is removed by the first start that does not find its row.
asio::awaitable<void> CodeFiles::remove_unused(Used used) {
  const std::lock_guard lock(mutex_);
  try {
    const std::vector<Found> aside = list(unused_, used), here = list(directory_, used);
    const auto is_used = [](const Found& file) { return file.used; };
    const bool none_used =
        std::none_of(here.begin(), here.end(), is_used) && std::none_of(aside.begin(), aside.end(), is_used);
    // A catalog that knows none of many archives is more likely to have lost its rows.
    if (none_used) co_return;
    for (const Found& file : aside) restore_or_remove(file);
    if (options_.keep_unused) co_return;
    for (const Found& file : here)
      if (!file.used) set_aside(file);
  } catch (const fs::filesystem_error& e) {  // another start tries again
    log::warning("unused_code_removal_failed", {{"path", directory_.string()}, {"reason", e.what()}});
  }
}

}  // namespace millrace::functions
