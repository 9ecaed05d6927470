// Archives from strangers, and what is kept of good ones.
#include <sys/stat.h>

#include <fstream>

#include "server/functions/code/code_cache.h"
#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::functions {
namespace {

using RunnerCode = RunnerTest;

// What is wrong with the archive; empty: nothing. Nothing may ever appear beside the target.
std::string refusal(const std::string& archive, std::uint64_t max_bytes = kMaxUnpackedBytes) {
  std::uint64_t left = max_bytes;
  const ScratchDirectory around;
  std::string wrong = unpack(archive, around.path() / "a" / "b", left);
  for (const auto& entry : fs::recursive_directory_iterator(around.path())) {
    const std::string path = entry.path().lexically_relative(around.path());
    EXPECT_TRUE(path == "a" || path == "a/b" || path.starts_with("a/b/")) << path;
    EXPECT_TRUE(entry.is_directory() || entry.is_regular_file()) << path;
  }
  return wrong;
}

TEST(RunnerArchive, UnpacksFilesWithTheirPermissionsForAll) {
  const ScratchDirectory directory;
  const fs::path to = directory.path() / "code";
  const std::string archive = archive_of({{"bootstrap", "run", 0100755},
                                          {"lib/deep/er.py", "text", 0100644},
                                          {"secret", "s", 0100000 | 04700},
                                          {"empty/", "", 0040755},
                                          {"none", "n", 0}});
  std::uint64_t left = kMaxUnpackedBytes;
  EXPECT_EQ(unpack(archive, to, left), "");
  const auto mode = [&to](const char* name) {
    struct stat info {};
    EXPECT_EQ(::stat((to / name).c_str(), &info), 0);
    return info.st_mode & 07777;
  };
  EXPECT_EQ(mode("bootstrap"), 0755u);
  EXPECT_EQ(mode("lib/deep/er.py"), 0644u);
  EXPECT_EQ(mode("secret"), 0755u);  // the function is another user
  EXPECT_EQ(mode("none"), 0755u);
  EXPECT_TRUE(fs::is_directory(to / "empty"));
  EXPECT_EQ(content_of(to / "lib/deep/er.py"), "text");
}

TEST(RunnerArchive, RefusesWhatIsNotAnArchive) {
  EXPECT_TRUE(has(refusal("this is not a zip"), "not a zip archive"));
  EXPECT_TRUE(has(refusal(""), "not a zip archive"));
  const std::string good = archive_of({{"app.py", std::string(10'000, 'x')}});
  EXPECT_TRUE(has(refusal(good.substr(0, good.size() / 2)), "not a zip archive"));
}

TEST(RunnerArchive, RefusesPathsThatLeadOut) {
  for (const char* name : {"../up", "a/../../up", "/etc/absolute", "a/..", "..\\up", ".."})
    EXPECT_TRUE(has(refusal(archive_of({{name, "x"}})), "path that leads out")) << name;
  EXPECT_EQ(refusal(archive_of({{"..a/b..c", "x"}})), "");
}

TEST(RunnerArchive, RefusesLinksAndDevices) {
  EXPECT_TRUE(has(refusal(archive_of({{"link", "/etc/passwd", 0120777}})), "neither a file nor a directory"));
  EXPECT_TRUE(has(refusal(archive_of({{"pipe", "", 0010644}})), "neither a file nor a directory"));
  EXPECT_TRUE(has(refusal(archive_of({{"device", "", 0060644}})), "neither a file nor a directory"));
}

TEST(RunnerArchive, RefusesAFileThatIsADirectoryToo) {
  EXPECT_NE(refusal(archive_of({{"a", "file"}, {"a/b", "below it"}})), "");
}

// Writes `value` into the 4 bytes at `at` of the record that begins with `signature`.
void put(std::string& archive, const char* signature, std::size_t at, std::uint32_t value) {
  const std::size_t record = archive.find(signature);
  ASSERT_NE(record, archive.npos);
  for (std::size_t i = 0; i < 4; ++i) archive[record + at + i] = static_cast<char>(value >> 8 * i);
}

void claim_size(std::string& archive, std::uint32_t bytes) {
  put(archive, "PK\x03\x04", 22, bytes);
  put(archive, "PK\x01\x02", 24, bytes);
}

TEST(RunnerArchive, RefusesBombs) {
  std::vector<ArchiveEntry> entries;
  const std::string zeros(4 << 20, '\0');
  for (int i = 0; i < 4; ++i) entries.push_back({"zeros" + std::to_string(i), zeros});
  const std::string bomb = archive_of(entries);
  EXPECT_LT(bomb.size(), 100u << 10);
  EXPECT_TRUE(has(refusal(bomb, (16 << 20) - 1), "exceeds the size limit"));
  EXPECT_EQ(refusal(bomb, 16 << 20), "");
  std::string large = archive_of({{"zeros", zeros}});
  claim_size(large, (250u << 20) + 1);
  EXPECT_TRUE(has(refusal(large), "exceeds the size limit"));
}

TEST(RunnerArchive, RefusesBombsOfDirectories) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "d/";
  std::vector<ArchiveEntry> entries;
  for (int i = 0; i < 1000; ++i) entries.push_back({std::to_string(i) + "/" + deep + "f", ""});
  EXPECT_TRUE(has(refusal(archive_of(entries)), "more than 100000 files and directories"));
}

TEST(RunnerArchive, BelievesNoSize) {
  std::string archive = archive_of({{"zeros", std::string(1 << 20, '\0')}});
  claim_size(archive, 16);
  EXPECT_NE(refusal(archive, 1000), "");
}

TEST(RunnerArchive, SurvivesDamageAnywhere) {
  const std::string good = archive_of({{"app.py", "def handler(e, c):\n    return e\n"}, {"dir/b", "b"}});
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 0xff);
    refusal(damaged);
    if (i % 8 == 0) refusal(good.substr(0, i));
  }
}

TEST_F(RunnerCode, ArchiveThatCannotBeUsedIsNotRun) {
  auto f = python("");
  f.code_sha256 = archives.add("not an archive");
  const Outcome outcome = start(f).get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().why, lambda::NotRun::Why::code);
  EXPECT_TRUE(begins(outcome.error().detail, "not a zip archive"));
  f.code_sha256 = digest_of("of nothing that is there");
  const Outcome missing = start(f).get();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().detail, "the code's archive does not exist");
  f.code_sha256 = "no digest";
  EXPECT_FALSE(start(f).get());
  EXPECT_TRUE(eventually([this] { return idle_workers() + busy_workers() == 0; }));
  EXPECT_TRUE(eventually([this] { return fs::is_empty(options.work_dir / "code"); }));
}

TEST_F(RunnerCode, IsUnpackedOnceAndKeptOverARestart) {
  const auto f = python("def handler(event, context):\n    return 1\n");
  EXPECT_EQ(answer(f), 1);
  auto second = f;
  second.name = "second";
  second.arn += "-second";
  EXPECT_EQ(answer(second), 1);
  stop_runner();
  EXPECT_EQ(answer(f), 1);
  EXPECT_EQ(archives.asked, 1u);
}

// Of the scratch of an earlier server: a file, a link, or a directory in each other's place.
TEST_F(RunnerCode, WhatIsOfTheWrongKindIsReplacedAtAStart) {
  const auto f = python("def handler(event, context):\n    return 1\n");
  EXPECT_EQ(answer(f), 1);
  stop_runner();
  ScratchDirectory elsewhere;
  std::ofstream(elsewhere.path() / "app.py") << "def handler(event, context):\n    return 'of a stranger'\n";
  fs::path code;
  for (const auto& entry : fs::directory_iterator(options.work_dir / "code"))
    if (entry.is_directory() && entry.path().filename().string().front() != '.') code = entry.path();
  ASSERT_FALSE(code.empty());
  const fs::path bootstrap = options.work_dir / "bootstrap";
  const std::vector<fs::path> directories = {code, bootstrap, options.work_dir / "trash",
                                             options.work_dir / "root", options.work_dir / "tmp"};
  unsigned asked = archives.asked;
  for (const bool link : {false, true}) {
    for (const fs::path& directory : directories) {
      fs::remove_all(directory);
      if (link)
        fs::create_directory_symlink(elsewhere.path(), directory);
      else
        std::ofstream(directory) << "a file";
    }
    EXPECT_EQ(answer(f), 1) << link;
    EXPECT_EQ(archives.asked, ++asked);
    stop_runner();
  }
  EXPECT_TRUE(fs::exists(elsewhere.path() / "app.py"));
  fs::remove(code.string() + ".complete");
  fs::create_directories(fs::path(code.string() + ".complete") / "below");
  fs::remove_all(bootstrap / "bootstrap.py");
  fs::create_directories(bootstrap / "bootstrap.py" / "below");
  EXPECT_EQ(answer(f), 1);
}

TEST_F(RunnerCode, NothingBehindALinkIsRemovedAtAStart) {
  const auto f = python("def handler(event, context):\n    return 1\n");
  EXPECT_EQ(answer(f), 1);
  stop_runner();
  ScratchDirectory elsewhere;
  for (const char* name : {"directory", ".old-1", ".new-1"}) {
    fs::create_directory(elsewhere.path() / name);
    std::ofstream(elsewhere.path() / name / "file") << "of somebody else";
  }
  std::ofstream(elsewhere.path() / "stray.complete") << "of somebody else";
  const fs::path directory = options.work_dir / "code";
  fs::remove_all(directory);
  fs::create_directory_symlink(elsewhere.path(), directory);
  EXPECT_EQ(answer(f), 1);
  stop_runner();
  EXPECT_FALSE(fs::is_symlink(directory));
  for (const char* name : {"directory/file", ".old-1/file", ".new-1/file", "stray.complete"})
    EXPECT_TRUE(fs::exists(elsewhere.path() / name)) << name;
  for (const char* name : {"link", ".old-2", ".new-2"})
    fs::create_directory_symlink(elsewhere.path(), directory / name);
  EXPECT_EQ(answer(f), 1);
  stop_runner();
  for (const char* name : {"directory/file", ".old-1/file", ".new-1/file", "stray.complete"})
    EXPECT_TRUE(fs::exists(elsewhere.path() / name)) << name;
}

TEST_F(RunnerCode, ALargeArchiveDoesNotHoldUpASmallOne) {
  std::vector<ArchiveEntry> entries = {{"app.py", "def handler(event, context):\n    return 'large'\n"}};
  for (int i = 0; i < 90'000; ++i) entries.push_back({std::to_string(i), ""});
  auto large = python("");
  large.code_sha256 = archives.add(archive_of(entries));
  large.name = "large";
  large.arn += "-large";
  std::future<Outcome> unpacked = start(large);
  const auto unpacks = [this] {
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(options.work_dir / "code", failed))
      if (entry.path().filename().string().starts_with(".new-")) return true;
    return false;
  };
  ASSERT_TRUE(eventually(unpacks));
  EXPECT_EQ(answer(python("def handler(event, context):\n    return 'small'\n")), "small");
  EXPECT_NE(unpacked.wait_for(seconds(0)), std::future_status::ready);
  EXPECT_TRUE(unpacked.get());
}

TEST_F(RunnerCode, FailedFetchIsTriedAgain) {
  auto f = python("");
  const std::string archive = archive_of({{"app.py", "def handler(event, context):\n    return 2\n"}});
  f.code_sha256 = digest_of(archive);
  EXPECT_FALSE(start(f).get());
  archives.add(archive);
  EXPECT_EQ(answer(f), 2);
}

TEST_F(RunnerCode, UnusedCodeIsBounded) {
  options.max_workers = 1;
  options.max_unused_code = 2;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(answer(shell("# " + std::to_string(i) + R"(
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
id=$(curl -sS -o /dev/null -D - "$api/invocation/next" | tr -d '\r' | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
curl -sS -X POST "$api/invocation/$id/response" -d 1
curl -sS "$api/invocation/next"
)")),
              1);
  const auto directories = [this] {
    int n = 0;
    for (const auto& entry : fs::directory_iterator(options.work_dir / "code")) n += entry.is_directory();
    return n;
  };
  EXPECT_TRUE(eventually([&] { return directories() <= 3; }));
}

}  // namespace
}  // namespace millrace::functions
