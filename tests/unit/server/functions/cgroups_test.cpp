#include "server/functions/isolation/cgroups.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::functions {
namespace {

namespace fs = std::filesystem;

// Files as a kernel without the real thing would have them: what is written stays, directories get no files
// by themselves.
struct Machine {
  ScratchDirectory directory;
  fs::path root = directory.path() / "cgroup", self = directory.path() / "self";

  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  [[nodiscard]] static std::string read(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST(Cgroups, NoneWhereNothingIsMounted) {
  const Machine m;
  Cgroups groups(m.root, m.self);
  EXPECT_STREQ(groups.kind(), "none");
  EXPECT_EQ(groups.make(1, 1, 1), nullptr);
}

TEST(Cgroups, NoneWhereTheServerMayMakeNone) {
  const Machine m;
  m.write(m.self, "0::/unit\n");
  m.write(m.root / "cgroup.controllers", "memory pids\n");
  // "unit" is not there: as for one that is another's.
  Cgroups groups(m.root, m.self);
  EXPECT_STREQ(groups.kind(), "none");
}

// The directories of the kernel come with their files; here they have none, so that the limits cannot be
// written, and a half-made group is no group.
TEST(Cgroups, AGroupWhoseLimitsCannotBeWrittenIsNone) {
  const Machine m;
  m.write(m.self, "8:pids:/\n4:memory:/a/b\n0::/\n");
  fs::create_directories(m.root / "memory/a/b");
  fs::create_directories(m.root / "pids");
  const std::string mine = "millrace-" + std::to_string(::getpid());
  {
    Cgroups groups(m.root, m.self);
    EXPECT_STREQ(groups.kind(), "v1");
    EXPECT_TRUE(fs::exists(m.root / "memory/a/b" / mine));
    EXPECT_EQ(groups.make(7, 1 << 20, 64), nullptr);
    EXPECT_FALSE(fs::exists(m.root / "memory/a/b" / mine / "7"));
  }
  EXPECT_FALSE(fs::exists(m.root / "memory/a/b" / mine));
  EXPECT_FALSE(fs::exists(m.root / "pids" / mine));
}

TEST(Cgroups, WhatAKilledServerLeftGoes) {
  const Machine m;
  m.write(m.self, "8:pids:/\n4:memory:/\n");
  const fs::path left = m.root / "memory/millrace-999999999", alive = m.root / "pids/millrace-1";
  fs::create_directories(left / "7");
  fs::create_directories(alive);
  const Cgroups groups(m.root, m.self);
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(alive));
}

TEST(Cgroup, TellsAKillForMemory) {
  const Machine m;
  const fs::path v1 = m.root / "v1", v2 = m.root / "v2";
  m.write(v1 / "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
  m.write(v2 / "memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 0\noom_group_kill 0\n");
  EXPECT_FALSE(Cgroup({v1, v1}).killed_for_memory());
  EXPECT_FALSE(Cgroup({v2}).killed_for_memory());
  m.write(v1 / "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  m.write(v2 / "memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n");
  EXPECT_TRUE(Cgroup({v1, v1}).killed_for_memory());
  EXPECT_TRUE(Cgroup({v2}).killed_for_memory());
  EXPECT_EQ(Cgroup({v1, v2}).join_files(), (std::vector<std::string>{v1 / "tasks", v2 / "tasks"}));
  EXPECT_EQ(Cgroup({v2}).join_files(), (std::vector<std::string>{v2 / "cgroup.procs"}));
}

}  // namespace
}  // namespace millrace::functions
