// The floor of the stages: what the work on a PutRecords request costs by itself, in this process, without a
// server around it.
#pragma once

#include <filesystem>
#include <string>

namespace millrace::bench {

// Microseconds of CPU for one request of 500 records of 1 KiB.
struct Stages {
  double parse = 0;   // find each record's key and data in the JSON
  double base64 = 0;  // decode the data
  double md5 = 0;     // hash the keys
  double append = 0;  // the decoded bytes to a log file that was written before, past the page cache; no sync
  double sync = 0;    // what fdatasync adds to that

  [[nodiscard]] double sum(bool synced) const { return parse + base64 + md5 + append + (synced ? sync : 0); }
};

// With the server's own routines for base64 and MD5, and simdjson. Throws as measure_disk does.
Stages measure_stages(const std::filesystem::path& directory);

std::string stages_report(const Stages& stages);

}  // namespace millrace::bench
