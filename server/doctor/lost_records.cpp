#include "server/doctor/lost_records.h"

#include "api/kinesis/sequence_number.h"
#include "server/log.h"

namespace millrace {

namespace {

using storage::Loss;

constexpr std::size_t kMostFindings = 100;

// What a loss looks like from outside.
struct Described {
  kinesis::StreamPtr stream;
  std::string shard, first, last;  // the shard's id, and sequence numbers
};

// Nobody knows when the records arrived: the numbers end with the shard's creation instead, which readers
// take.
std::optional<Described> describe(const kinesis::Kinesis& kinesis, const Loss& loss) {
  Described out{kinesis.streams.find(loss.shard.stream), {}, {}, {}};
  const kinesis::Shard* shard = out.stream ? out.stream->find_shard(loss.shard.shard) : nullptr;
  if (!shard) return std::nullopt;
  const Time created{std::chrono::seconds(shard->created_s)};
  const auto number = [&](std::uint64_t index) {
    return kinesis::sequence_number(shard->created_s, shard->number, {index}, created).text();
  };
  out.shard = shard->id();
  out.first = number(loss.first.value);
  out.last = number(loss.next.value - 1);
  return out;
}

const char* remedy_of(Loss::Cause cause) {
  switch (cause) {
    case Loss::Cause::block:
      return "Check the disk. Write the records again if the producers still have them, or look for them in "
             "an earlier backup.";
    case Loss::Cause::index:
      return "Stop the server and run `millrace repair`, which rebuilds the index from the log.";
    case Loss::Cause::seal:
      return "Check the disk, and check that the master key belongs to this data directory. An earlier "
             "backup may contain the records.";
  }
  return "";
}

}  // namespace

LostRecords::LostRecords(storage::Losses& losses, kinesis::Kinesis& kinesis)
    : losses_(losses), kinesis_(kinesis) {
  thread_ = std::thread([this] { run(); });
  losses_.listen([this](const Loss& loss) { note(loss); });
}

LostRecords::~LostRecords() {
  losses_.listen(nullptr);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LostRecords::note(const Loss& loss) {
  const kinesis::StreamPtr stream = kinesis_.streams.find(loss.shard.stream);
  if (!stream) return;  // it was deleted meanwhile
  kinesis_.probes_of(*stream)->records_lost->add(loss.records());
  {
    const std::lock_guard lock(mutex_);
    runs_.add(loss, std::chrono::steady_clock::now());
  }
  changed_.notify_one();
}

void LostRecords::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || runs_.due() != LossRuns::Instant::max()) {
    const auto due = stopping_ ? LossRuns::Instant::max() : std::chrono::steady_clock::now();
    const std::vector<Loss> losses = runs_.take_due(due);
    if (losses.empty()) {
      changed_.wait_until(lock, runs_.due());
      continue;
    }
    lock.unlock();
    for (const Loss& loss : losses) log_loss(loss);
    lock.lock();
  }
}

void LostRecords::log_loss(const Loss& loss) const {
  const auto lost = describe(kinesis_, loss);
  if (!lost) return;
  log::error("records_lost", {{"account", lost->stream->account},
                              {"region", lost->stream->region},
                              {"stream", lost->stream->name},
                              {"shard", lost->shard},
                              {"records", loss.records()},
                              {"first", lost->first},
                              {"last", lost->last},
                              {"reason", loss.detail}});
}

void LostRecords::check(Health& health) const {
  std::uint64_t records = 0, left_out = 0;
  for (Loss loss : losses_.all()) {
    // What retention trimmed would be gone anyway.
    loss.first = std::max(loss.first, kinesis_.log.known_bounds(loss.shard).first);
    if (loss.next <= loss.first) continue;
    const auto lost = describe(kinesis_, loss);
    if (!lost) continue;
    records += loss.records();
    if (health.findings.size() >= kMostFindings) {
      ++left_out;
      continue;
    }
    const kinesis::Stream& stream = *lost->stream;
    Finding finding{"records_lost", {}, remedy_of(loss.cause)};
    finding.what = "Stream " + stream.name + " (account " + stream.account + ", " + stream.region +
                   "), shard " + lost->shard + ": " + std::to_string(loss.records()) +
                   (loss.records() == 1 ? " record" : " records") + " cannot be read, from sequence number " +
                   lost->first + " to " + lost->last + " (" + loss.detail + "). Consumers skip them.";
    finding.details = {{"account", stream.account}, {"region", stream.region},   {"stream", stream.name},
                       {"shard", lost->shard},      {"records", loss.records()}, {"first", lost->first},
                       {"last", lost->last},        {"reason", loss.detail}};
    health.findings.push_back(std::move(finding));
  }
  for (const auto& [id, detail] : losses_.unreadable()) {
    if (health.findings.size() >= kMostFindings) break;
    const kinesis::StreamPtr stream = kinesis_.streams.find(id.stream);
    const kinesis::Shard* shard = stream ? stream->find_shard(id.shard) : nullptr;
    if (!shard) continue;
    Finding finding{"shard_read_failed",
                    {},
                    "Stop the server and run `millrace repair`, which rebuilds the index from the log."};
    finding.what = "Stream " + stream->name + " (account " + stream->account + ", " + stream->region +
                   "), shard " + shard->id() + ": it can be neither read nor written (" + detail +
                   "). The other shards are not affected.";
    finding.details = {{"account", stream->account},
                       {"region", stream->region},
                       {"stream", stream->name},
                       {"shard", shard->id()},
                       {"reason", detail}};
    health.findings.push_back(std::move(finding));
  }
  health.facts["records lost"] = records;
  if (left_out > 0)
    health.findings.push_back({"records_lost_elsewhere",
                               std::to_string(left_out) + " more ranges of records cannot be read.",
                               "The server's log lists them (event `records_lost`)."});
}

}  // namespace millrace
