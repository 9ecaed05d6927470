#include "server/doctor/doctor.h"

#include <cstdio>
#include <stdexcept>

#include "server/backup/control_socket.h"

namespace millrace {

namespace {

using nlohmann::ordered_json;

// "records_lost: ..." is for programs; people get sentences, wrapped by their terminal.
std::string line_of(const std::string& name, const ordered_json& value, std::size_t width) {
  std::string line = "  " + name;
  line.resize(std::max(line.size(), width + 4), ' ');
  return line + (value.is_string() ? value.get<std::string>() : value.dump()) + "\n";
}

int complain(const std::filesystem::path& data_dir, const std::string& why, bool json) {
  const std::string remedy = "The log of `millrace serve --data-dir " + data_dir.string() +
                             "` contains the reason why it does not start or has stopped.";
  if (json)
    std::puts(ordered_json{{"error", why}, {"remedy", remedy}}.dump().c_str());
  else
    std::fprintf(stderr, "millrace: %s\n%s\n", why.c_str(), remedy.c_str());
  return 2;
}

}  // namespace

Health Doctor::examine() const {
  Health health;
  for (const auto& [name, check] : checks_) {
    try {
      check(health);
    } catch (const std::exception& e) {
      health.findings.push_back({"check_failed", "The check of " + name + " failed: " + e.what() + ".",
                                 "See the server's log for errors at the same time."});
    }
  }
  return health;
}

std::string Doctor::answer() const {
  return json_of(examine()).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string text_of(const Health& health) {
  std::size_t width = 0;
  for (const auto& [name, value] : health.facts.items()) width = std::max(width, name.size());
  std::string text;
  for (const auto& [name, value] : health.facts.items()) text += line_of(name, value, width);
  if (health.findings.empty()) return text + "\nNo problems found.\n";
  const std::size_t n = health.findings.size();
  text += "\n" + std::to_string(n) + (n == 1 ? " problem found:\n" : " problems found:\n");
  for (const Finding& f : health.findings) text += "\n- " + f.what + "\n  Remedy: " + f.remedy + "\n";
  return text;
}

ordered_json json_of(const Health& health) {
  ordered_json json{{"facts", health.facts}, {"findings", ordered_json::array()}};
  for (const Finding& f : health.findings) {
    ordered_json one{{"id", f.id}, {"what", f.what}, {"remedy", f.remedy}};
    one.update(f.details);
    json["findings"].push_back(std::move(one));
  }
  return json;
}

Health health_of(const ordered_json& json) {
  Health health{json.at("facts"), {}};
  for (const ordered_json& one : json.at("findings")) {
    Finding f{one.at("id"), one.at("what"), one.at("remedy")};
    f.details = one;
    for (const char* name : {"id", "what", "remedy"}) f.details.erase(name);
    health.findings.push_back(std::move(f));
  }
  return health;
}

int ask_doctor(const std::filesystem::path& data_dir, bool json) {
  Health health;
  try {
    const std::string answer = ControlSocket::ask(data_dir, std::string(kDoctorOrder));
    if (!answer.starts_with('{'))
      return complain(data_dir, "the running server has a different version", json);
    health = health_of(ordered_json::parse(answer));
  } catch (const std::exception& e) {
    return complain(data_dir, e.what(), json);
  }
  std::fputs(json ? (json_of(health).dump(2) + "\n").c_str() : text_of(health).c_str(), stdout);
  return health.findings.empty() ? 0 : 1;
}

}  // namespace millrace
