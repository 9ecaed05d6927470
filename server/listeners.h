// --listen: where the server listens, and for whom.
#pragma once

#include <string>
#include <vector>

#include "server/address.h"
#include "server/network.h"

namespace millrace {

// Of one listener. In the setting:
//
//   [NAME=]ADDRESS:PORT[,tls=auto|required|off][,from=NETWORK]...[,services=SERVICE]...
//
// Several listeners are separated by commas too: what is no `tls=`, `from=` or `services=` begins the next.
struct ListenerSettings {
  enum class Tls {
    automatic,  // where there is a certificate, beside plain HTTP
    required,   // plain HTTP is refused
    off,
  };

  std::string name;  // which policies know it by; where none is given, what --listen says: "127.0.0.1:4567"
  Address address;
  Tls tls = Tls::automatic;
  Networks from;                      // whose connections are taken; empty: all
  std::vector<std::string> services;  // what is served; empty: all

  // Whether every client on this machine can use all of it.
  [[nodiscard]] bool is_unrestricted() const {
    return tls != Tls::required && from.empty() && services.empty();
  }
};

// `items`: the setting, divided at its commas. One listener or more; their names are distinct. Throws
// std::runtime_error, naming --listen and what is wrong.
[[nodiscard]] std::vector<ListenerSettings> parse_listeners(const std::vector<std::string>& items);

// The listener that this machine itself uses: the first that is unrestricted, else the first.
[[nodiscard]] const ListenerSettings& local_listener(const std::vector<ListenerSettings>& listeners);

// The URL at which it is reached from this machine; no slash at its end.
[[nodiscard]] std::string local_url(const ListenerSettings& listener);

}  // namespace millrace
