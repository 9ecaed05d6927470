// Dependencies point one way: server -> api -> storage, and services do not know each other, and rooms have
// walls.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace {

namespace fs = std::filesystem;

std::vector<std::string> includes_of(const fs::path& file) {
  static const std::regex kInclude(R"re(^#include "([^"]+)")re");
  std::vector<std::string> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (std::smatch m; std::regex_search(line, m, kInclude)) out.push_back(m[1]);
  return out;
}

// The rooms and which others each may include, as design.md's picture and the README of each part allow. A
// room's own files and those of the rooms inside it are always allowed to it; "api/*" stands for every
// service.
const std::map<std::string, std::set<std::string>> kWalls = {
    {"storage", {}},
    {"storage/base", {"storage"}},  // result.h, completion.h, clock.h
    {"storage/local", {"storage"}},
    {"storage/local/segments", {"storage", "storage/local"}},
    {"storage/local/index", {"storage", "storage/local", "storage/local/segments"}},
    {"storage/memory", {"storage"}},
    {"storage/files", {"storage"}},
    {"api/core", {"storage"}},
    {"api/core/protocols", {"api/core", "storage"}},
    {"api/auth", {"api/core", "storage"}},
    {"api/auth/policies", {"api/auth", "api/core", "storage"}},
    {"api/auth/identities", {"api/auth", "api/auth/policies", "api/core", "storage"}},
    {"api/iam",
     {"api/auth", "api/auth/identities", "api/auth/policies", "api/core", "api/core/protocols", "storage"}},
    {"api/sts",
     {"api/auth", "api/auth/identities", "api/auth/policies", "api/core", "api/core/protocols", "storage"}},
    {"api/dynamodb", {"api/core", "api/core/protocols", "storage"}},
    {"api/dynamodb/values", {"api/dynamodb", "api/core", "storage"}},
    {"api/dynamodb/expressions", {"api/dynamodb", "api/dynamodb/values", "api/core", "storage"}},
    {"api/kinesis", {"api/auth/policies", "api/core", "api/core/protocols", "storage"}},
    {"api/kms", {"api/core", "api/core/protocols", "storage"}},
    {"api/s3", {"api/core", "api/core/protocols", "storage"}},
    {"api/logs", {"api/core", "api/core/protocols", "storage"}},
    {"api/lambda", {"api/core", "api/core/protocols", "storage"}},
    {"api/lambda/functions", {"api/lambda", "api/lambda/mappings", "api/core", "storage"}},
    {"api/lambda/layers",
     {"api/lambda", "api/lambda/functions", "api/lambda/permissions", "api/core", "storage"}},
    {"api/lambda/permissions", {"api/lambda", "api/core", "storage"}},
    {"api/lambda/urls", {"api/lambda", "api/lambda/functions", "api/core", "storage"}},
    {"api/lambda/events", {"api/lambda", "api/lambda/mappings", "api/core", "storage"}},
    {"api/lambda/mappings", {"api/lambda", "api/core", "storage"}},
    // server: the application, at the top, sees everything; its rooms do not see it.
    {"server", {"api/*", "storage", "storage/local", "storage/files"}},
    {"server/net", {"server", "server/start", "api/core", "storage"}},
    {"server/access",
     {"api/*", "api/auth", "api/auth/identities", "api/auth/policies", "api/core", "api/lambda/functions",
      "api/lambda/urls", "storage"}},
    {"server/pipeline",
     {"server", "server/net", "server/metrics", "server/access", "api/core", "api/core/protocols",
      "api/kinesis", "api/lambda/urls", "storage"}},
    {"server/functions", {"server", "api/core", "api/lambda", "storage"}},
    {"server/functions/workers",
     {"server", "server/functions", "server/functions/code", "server/functions/isolation",
      "server/functions/logs", "server/net", "api/core", "api/lambda", "storage"}},
    {"server/functions/isolation", {"server", "api/core", "storage"}},
    {"server/functions/code",
     {"server", "server/functions/isolation", "api/core", "api/lambda", "api/lambda/functions", "storage"}},
    {"server/functions/logs", {"server", "api/logs", "api/core", "storage"}},
    // Mappings know a runner by api/lambda/runner.h only.
    {"server/mappings",
     {"server", "server/net", "server/start", "api/core", "api/kinesis", "api/lambda", "api/lambda/events",
      "api/lambda/mappings", "storage"}},
    {"server/delivery", {"server", "api/core", "api/kinesis", "api/lambda", "api/lambda/events", "storage"}},
    {"server/background", {"server", "storage"}},
    {"server/backup", {"server", "api/core", "storage", "storage/files"}},
    {"server/metrics", {"storage"}},
    {"server/client", {"server", "server/delivery", "server/functions/logs", "api/core"}},
    {"server/doctor",
     {"server", "server/backup", "server/start", "api/core", "api/kinesis", "api/lambda", "storage",
      "storage/local", "storage/files"}},
    {"server/start",
     {"server", "server/doctor", "server/functions/code", "api/*", "storage", "storage/base",
      "storage/files"}},
};

// The room of a file: the deepest listed folder that contains it; empty if none does. Operations belong to
// their service.
std::string room_of(const std::string& path) {
  for (std::string folder = path; folder.find('/') != std::string::npos;) {
    folder.resize(folder.rfind('/'));
    if (kWalls.contains(folder)) return folder;
  }
  return "";
}

bool allowed(const std::string& from, const std::string& to) {
  if (from == to || to == "storage/base" || to.starts_with(from + "/")) return true;
  const std::set<std::string>& walls = kWalls.at(from);
  return walls.contains(to) || (to.starts_with("api/") && walls.contains("api/*"));
}

TEST(Includes, PointOneWay) {
  const fs::path root = MILLRACE_SOURCE_DIR;
  std::size_t seen = 0;
  for (const char* top : {"server", "api", "storage"})
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string ending = entry.path().extension();
      if (ending != ".h" && ending != ".cpp") continue;
      const std::string file = fs::relative(entry.path(), root);
      const std::string room = room_of(file);
      EXPECT_FALSE(room.empty()) << file << " is in no room that this test knows";
      for (const std::string& include : includes_of(entry.path())) {
        ++seen;
        EXPECT_TRUE(fs::exists(root / include)) << file << " includes " << include << " not from the root";
        if (room_of(include).empty() || room.empty()) continue;
        EXPECT_TRUE(allowed(room, room_of(include))) << file << " must not include " << include;
      }
    }
  EXPECT_GT(seen, 50u);
}

// A source file has a header of its name, or is an aspect of one: engine_uploads.cpp of engine.h. Files that
// are one entry each of a table have none: operations, steps of the pipeline, protocols.
TEST(Includes, SourcesHaveTheirHeader) {
  const fs::path root = MILLRACE_SOURCE_DIR;
  const std::set<std::string> without = {"server/main.cpp", "server/net/boost.cpp"};
  for (const char* top : {"server", "api", "storage"})
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const fs::path file = fs::relative(entry.path(), root);
      const fs::path folder = file.parent_path();
      if (file.extension() != ".cpp" || without.contains(file) || folder.filename() == "ops" ||
          folder == "server/pipeline" || folder == "api/core/protocols")
        continue;
      bool found = false;
      for (std::string name = file.stem(); !found && !name.empty();) {
        found = fs::exists(root / folder / (name + ".h"));
        const std::size_t end = name.rfind('_');
        name.resize(end == std::string::npos ? 0 : end);
      }
      EXPECT_TRUE(found) << file << " has no header";
    }
}

}  // namespace
