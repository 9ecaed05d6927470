// Dependencies point one way: server -> api -> storage, and services do not know each other.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

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

// The first folder, and for services the second too: "api/kinesis".
std::string part_of(const std::string& path) {
  const std::string first = path.substr(0, path.find('/'));
  if (first != "api") return first;
  return path.substr(0, path.find('/', 4));
}

bool allowed(const std::string& from, const std::string& to) {
  if (from == "server" || from == to) return true;
  if (from == "storage") return false;
  return to == "storage" || to == "api/core" || (to == "api/auth" && from != "api/core");
}

TEST(Includes, PointOneWay) {
  const fs::path root = MILLRACE_SOURCE_DIR;
  std::size_t seen = 0;
  for (const char* top : {"server", "api", "storage"})
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string ending = entry.path().extension();
      if (ending != ".h" && ending != ".cpp") continue;
      const std::string file = fs::relative(entry.path(), root);
      for (const std::string& include : includes_of(entry.path())) {
        ++seen;
        EXPECT_TRUE(fs::exists(root / include)) << file << " includes " << include << " not from the root";
        EXPECT_TRUE(allowed(part_of(file), part_of(include))) << file << " must not include " << include;
      }
    }
  EXPECT_GT(seen, 50u);
}

}  // namespace
