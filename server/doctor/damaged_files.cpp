#include "server/doctor/damaged_files.h"

#include "server/log.h"

namespace millrace {

namespace {

constexpr std::size_t kMostFindings = 100;

}  // namespace

DamagedFiles::DamagedFiles(storage::DamagedObjects& damaged, Probes& probes) : damaged_(damaged) {
  Counter& found = probes.counter("millrace_objects_damaged_total",
                                  "Objects and archives of functions whose data is damaged");
  damaged_.listen([&found](const storage::DamagedObject& object) {
    found.add();
    log::error("object_damaged", {{"account", object.account},
                                  {"bucket", object.bucket},
                                  {"key", object.key},
                                  {"file", object.file},
                                  {"reason", object.detail}});
  });
}

DamagedFiles::~DamagedFiles() { damaged_.listen({}); }

void DamagedFiles::check(Health& health) const {
  const std::vector<storage::DamagedObject> all = damaged_.all();
  health.facts["objects damaged"] = all.size();
  for (std::size_t i = 0; i < std::min(all.size(), kMostFindings); ++i) {
    const storage::DamagedObject& object = all[i];
    const bool code = object.bucket.empty();
    Finding finding{"object_damaged", {}, {}};
    finding.what =
        (code
             ? "The archive of a function's code (account " + object.account + ", SHA-256 " + object.key + ")"
             : "Object " + object.key + " of bucket " + object.bucket + " (account " + object.account + ")") +
        " cannot be read: " + object.detail + ".";
    finding.remedy =
        code ? "Check the disk. Upload the same archive again with UpdateFunctionCode, or restore the "
               "file from a backup."
             : "Check the disk. Put the object again, or restore it from an earlier backup.";
    finding.details = {{"account", object.account},
                       {"bucket", object.bucket},
                       {"key", object.key},
                       {"file", object.file},
                       {"reason", object.detail}};
    health.findings.push_back(std::move(finding));
  }
  if (all.size() > kMostFindings)
    health.findings.push_back({"object_damaged_elsewhere",
                               std::to_string(all.size() - kMostFindings) + " more objects cannot be read.",
                               "The server's log lists them (event `object_damaged`)."});
}

}  // namespace millrace
