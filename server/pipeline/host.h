// By which names the server may be asked. A page in a browser that has a name of its own lead to this server
// (DNS rebinding) is of the server's own origin for the browser; only the Host header gives it away.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/core/authority.h"
#include "api/core/message.h"

namespace millrace {

class HostCheck {
 public:
  // `public_url`: its host is known. `allowed`: --allow-hosts, names and "*.NAME"; "*" is any.
  HostCheck(const std::string& public_url, std::vector<std::string> allowed);

  // Why a request must not be served; nullopt: it may. Known are addresses, names without a dot, localhost,
  // and names under localhost, local and internal, which nobody can register. A request without a host comes
  // from no browser. Safe from any thread.
  [[nodiscard]] std::optional<std::string> refusal(const HttpRequest& head) const;

 private:
  [[nodiscard]] bool is_known(const Authority& authority) const;

  std::vector<std::string> allowed_;  // in small letters
};

}  // namespace millrace
