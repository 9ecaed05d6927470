// `millrace doctor`: what is wrong with a server, and what to do about it. The running server examines
// itself; the command asks it by the control socket.
//
// A part of the server takes part with one check: app.cpp adds it, and the check adds to the facts and the
// findings (health.h).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/doctor/health.h"

namespace millrace {

// Of a running server. Checks are added before it serves; `examine` is safe from any thread.
class Doctor {
 public:
  // Called on the control socket's thread at each examination; may read the disk. What it throws becomes a
  // finding.
  using Check = std::function<void(Health&)>;

  void add(std::string name, Check check) { checks_.emplace_back(std::move(name), std::move(check)); }
  [[nodiscard]] Health examine() const;
  // The answer to kDoctorOrder: a line of JSON.
  [[nodiscard]] std::string answer() const;

 private:
  std::vector<std::pair<std::string, Check>> checks_;
};

// The line that the control socket answers with a report.
inline constexpr std::string_view kDoctorOrder = "doctor";

// What the command prints: plain text for people.
[[nodiscard]] std::string text_of(const Health& health);
// {"facts": {...}, "findings": [{"id", "what", "remedy", ...}]}
[[nodiscard]] nlohmann::ordered_json json_of(const Health& health);
// Throws nlohmann::json::exception when it is not what `json_of` made.
[[nodiscard]] Health health_of(const nlohmann::ordered_json& json);

// The command: asks the server that runs on `data_dir` and prints its report, as JSON with `json`. Returns
// the exit code: 0 nothing is wrong, 1 there are findings, 2 the server could not be asked.
int ask_doctor(const std::filesystem::path& data_dir, bool json);

}  // namespace millrace
