#include "server/start/crash_mark.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

namespace millrace {

namespace {

constexpr std::size_t kStackBytes = 64 << 10;
int mark_file = -1;
std::array<struct sigaction, NSIG> former;  // a sanitizer's, which tells more

thread_local const RecordInHand* volatile in_hand = nullptr;

// The file: signal u8, and if the thread worked on a record: mapping u8[36] | shard u32 | index u64, in the
// machine's byte order.
struct Mark {
  static constexpr std::size_t kRecordBytes = RecordInHand::kUuidBytes + 4 + 8;
  std::array<char, 1 + kRecordBytes> bytes{};
  std::size_t size = 1;
};

// Calls only what a signal handler may.
void on_fault(int signal) {
  Mark mark;
  mark.bytes[0] = static_cast<char>(signal);
  if (const RecordInHand* const record = in_hand) {
    char* at = mark.bytes.data() + 1;
    std::memcpy(at, record->mapping.data(), record->mapping.size());
    std::memcpy(at += record->mapping.size(), &record->shard, sizeof record->shard);
    std::memcpy(at + sizeof record->shard, &record->index, sizeof record->index);
    mark.size = mark.bytes.size();
  }
  if (::write(mark_file, mark.bytes.data(), mark.size) < 0) {
    // The process ends in any case.
  }
  ::sigaction(signal, &former[static_cast<std::size_t>(signal)], nullptr);
  ::raise(signal);  // ends the process, with a core file where the system keeps such
}

Crash crash_of(const char* bytes, std::size_t size) {
  Crash out;
  if (size == 0) return out;
  out.signal = static_cast<unsigned char>(bytes[0]);
  if (size < 1 + Mark::kRecordBytes) return out;
  RecordInHand& record = out.record.emplace();
  const char* at = bytes + 1;
  std::memcpy(record.mapping.data(), at, record.mapping.size());
  std::memcpy(&record.shard, at += record.mapping.size(), sizeof record.shard);
  std::memcpy(&record.index, at + sizeof record.shard, sizeof record.index);
  return out;
}

}  // namespace

WorkNote::WorkNote(const std::string& mapping, std::uint32_t shard) {
  std::copy_n(mapping.data(), std::min(mapping.size(), note_.mapping.size()), note_.mapping.data());
  note_.shard = shard;
}

void WorkNote::at(std::uint64_t index) {
  note_.index = index;
  in_hand = &note_;
}

WorkNote::~WorkNote() { in_hand = nullptr; }

Crash mark_crashes(const std::filesystem::path& data_dir) {
  mark_file = ::open((data_dir / "crash").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (mark_file < 0) return {};
  std::array<char, 1 + Mark::kRecordBytes> last;
  const ssize_t size = ::read(mark_file, last.data(), last.size());
  if (::ftruncate(mark_file, 0) != 0 || ::lseek(mark_file, 0, SEEK_SET) != 0) return {};
  struct sigaction action {};
  action.sa_handler = on_fault;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_NODEFER);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
    ::sigaction(signal, &action, &former[static_cast<std::size_t>(signal)]);
  return crash_of(last.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
}

SignalStack::SignalStack() : bytes_(new char[kStackBytes]) {
  stack_t stack{};
  stack.ss_sp = bytes_.get();
  stack.ss_size = kStackBytes;
  ::sigaltstack(&stack, nullptr);
}

SignalStack::~SignalStack() {
  stack_t stack{};
  stack.ss_flags = SS_DISABLE;
  ::sigaltstack(&stack, nullptr);
}

}  // namespace millrace
