// Whether the last server of a data directory ended by a fault of its own (a signal such as SIGSEGV or
// SIGABRT), and not by kill -9, the kernel or a power loss, which say nothing of what it was doing.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace millrace {

// A record of a shard that an event source mapping decodes or filters.
struct RecordInHand {
  static constexpr std::size_t kUuidBytes = 36;
  std::array<char, kUuidBytes> mapping{};
  std::uint32_t shard = 0;
  std::uint64_t index = 0;
};

// Names the record that the calling thread works on, from `at` on, for the mark that a crash of this thread
// leaves. Costs two stores in memory for each record; nothing is written unless the process crashes.
class WorkNote {
 public:
  WorkNote(const std::string& mapping, std::uint32_t shard);
  WorkNote(const WorkNote&) = delete;
  ~WorkNote();
  void at(std::uint64_t index);

 private:
  RecordInHand note_;
};

struct Crash {
  int signal = 0;                      // 0: none
  std::optional<RecordInHand> record;  // that the thread worked on
};

// Makes the file `crash` in the directory, which a fault of this process writes its signal and the thread's
// record to. Returns how the last server ended. Called once, before other threads start. A directory that
// takes no file is no error: nothing is known then.
[[nodiscard]] Crash mark_crashes(const std::filesystem::path& data_dir);

// A stack for signals of the calling thread, without which an overflow of its own leaves no mark. Destroyed
// by the same thread.
class SignalStack {
 public:
  SignalStack();
  SignalStack(const SignalStack&) = delete;
  ~SignalStack();

 private:
  std::unique_ptr<char[]> bytes_;
};

}  // namespace millrace
