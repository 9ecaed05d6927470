// A certificate of our own making, for those who have none.
#pragma once

#include <string>
#include <vector>

#include "server/net/tls.h"

namespace millrace::net {

// The certificate kept in `directory`; made there, for localhost, its addresses and `hosts`, when there is
// none or it has expired. What is there stays as it is, since clients were told to trust it; a host that it
// does not name is logged. Throws std::runtime_error when the directory cannot be written.
[[nodiscard]] CertificateFiles self_signed(const std::filesystem::path& directory,
                                           std::vector<std::string> hosts);

}  // namespace millrace::net
