#include "server/client/flags.h"

namespace millrace {

namespace {

void declare_access(CLI::App& app, ServerAccess& o, const std::string& region) {
  app.add_option("--url", o.url, "URL of the server")->envname("AWS_ENDPOINT_URL")->capture_default_str();
  app.add_option("--region", o.region, region)->envname("AWS_REGION")->capture_default_str();
  app.add_option("--access-key", o.access_key, "access key id; a 12-digit number selects the account")
      ->envname("AWS_ACCESS_KEY_ID")
      ->capture_default_str();
  app.add_option("--secret-key", o.secret_key, "secret access key")->envname("AWS_SECRET_ACCESS_KEY");
}

}  // namespace

void declare_flags(CLI::App& app, DeploySettings& o) {
  app.add_option("directory", o.directory, "directory with the function's files")->required();
  app.add_option("--name", o.name, "name of the function; default: the name of the directory");
  declare_access(app, o, "region of the function");
  app.add_option("--runtime", o.runtime,
                 "runtime; default: chosen by the files in the directory (bootstrap, index.mjs, index.js, "
                 "otherwise Python)");
  app.add_option(
      "--handler", o.handler,
      "handler; default: index.handler, or lambda_function.lambda_handler if lambda_function.py exists");
  app.add_option("--role", o.role, "ARN of the execution role")->capture_default_str();
  app.add_option("--timeout", o.timeout_s, "timeout in seconds")->check(CLI::Range(1, 900));
  app.add_option("--memory", o.memory_mb, "memory in MB")->check(CLI::Range(128, 10240));
  app.add_option("--env", o.environment,
                 "environment variable NAME=value; repeat the flag for each variable");
  app.add_flag("--watch", o.watch, "deploys again after every change in the directory, until interrupted");
}

void declare_flags(CLI::App& app, LeasesSettings& o) {
  app.add_option("application", o.application,
                 "name of the application. Its lease table has the same name, unless the application sets "
                 "another; then specify the name of the table")
      ->required();
  app.add_option("--stream", o.stream,
                 "stream that the application reads, if its lease table does not name it; default: the "
                 "application's name");
  declare_access(app, o, "region of the lease table and the stream");
  app.add_option(
         "--watch", o.watch_s,
         "repeats every so many seconds until interrupted, and shows for how long the counter of each "
         "lease has not changed. The owner of a lease increases it every third of failoverTimeMillis")
      ->check(CLI::Range(1, 86400));
  app.add_option("--looks", o.looks, "with --watch: ends after so many times")
      ->needs("--watch")
      ->check(CLI::Range(1, 1'000'000));
  app.add_flag("--json", o.json, "prints JSON, one document per line");
  app.footer(
      "BEHIND is the age of the oldest record after the checkpoint. For each lease that is not finished, the "
      "command requests one record of the shard; this counts towards the shard's limits.\nA lease without "
      "OWNER is free. Silence of more than failoverTimeMillis means that the owner has lost the lease or "
      "ended.");
}

}  // namespace millrace
