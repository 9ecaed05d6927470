#include "api/core/access.h"

#include "api/core/arn.h"
#include "api/core/operation.h"

namespace millrace {

std::string Resource::arn() const {
  if (name.empty()) return "*";
  return arn_of(service, region, account, type.empty() ? name : type + separator + name);
}

std::optional<Resource> resource_of_arn(std::string_view arn) {
  Resource out;
  std::string* const parts[] = {nullptr, nullptr, &out.service, &out.region, &out.account};
  for (std::string* part : parts) {
    const std::size_t colon = arn.find(':');
    if (colon == arn.npos) return std::nullopt;
    if (part) *part = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  const std::size_t at = arn.find_first_of("/:");
  if (out.service == "s3" || at == arn.npos) {
    out.name = arn;
  } else {
    out.type = arn.substr(0, at);
    out.separator = arn[at];
    out.name = arn.substr(at + 1);
  }
  if (out.service.empty() || out.name.empty()) return std::nullopt;
  return out;
}

std::vector<Resource> every_resource(void*, const InputView&, const Principal&) { return {Resource{}}; }

std::vector<Demand> demands_of(const ServiceModel& model, const Operation& op, void* service,
                               const InputView& input, const Principal& caller) {
  std::vector<Demand> out;
  for (const Permission& p : op.permissions) {
    if (!p.resources) break;
    const std::string action = p.action ? p.action : std::string(model.name) + ":" + op.name;
    for (Resource& r : p.resources(service, input, caller)) out.push_back({action, std::move(r)});
  }
  return out;
}

}  // namespace millrace
