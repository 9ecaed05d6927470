// The flags of subcommands that are clients of a server. Their environment variables are those of the AWS
// SDKs and the CLI.
#pragma once

#include <CLI/CLI.hpp>

#include "server/client/deploy.h"
#include "server/client/leases.h"

namespace millrace {

// `settings` has the defaults, and must stay until the command line is parsed.
void declare_flags(CLI::App& app, DeploySettings& settings);
void declare_flags(CLI::App& app, LeasesSettings& settings);

}  // namespace millrace
