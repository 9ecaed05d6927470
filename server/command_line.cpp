#include "server/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "api/core/authority.h"
#include "api/kinesis/faults.h"
#include "server/client/flags.h"
#include "server/network.h"

namespace millrace {

namespace {

constexpr const char* kSections[] = {"Server", "Limits", "Streams", "Functions", "Objects", "For tests"};
enum Section { kServer, kLimits, kStreams, kFunctions, kObjects, kTests };

std::string variable_of(const std::string& name) {
  std::string variable = "MILLRACE_" + name;
  for (char& c : variable) c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return variable;
}

// Declares a setting: "--listen", MILLRACE_LISTEN and `listen=` in the configuration file are the same.
template <class T>
CLI::Option* setting(CLI::App& app, Section section, const std::string& name, T& value,
                     const std::string& help) {
  return app.add_option("--" + name, value, help)
      ->envname(variable_of(name))
      ->group(kSections[section])
      ->capture_default_str();
}

// A setting that can be repeated; in the environment and the file, values are separated by `separator`.
CLI::Option* setting(CLI::App& app, Section section, const std::string& name,
                     std::vector<std::string>& values, char separator, const std::string& help) {
  return app.add_option("--" + name, values, help)
      ->envname(variable_of(name))
      ->group(kSections[section])
      ->allow_extra_args(false)
      ->delimiter(separator);
}

// A setting that is off by default: "--test-clock", MILLRACE_TEST_CLOCK=true, `test-clock = true`.
CLI::Option* flag(CLI::App& app, Section section, const std::string& name, bool& value,
                  const std::string& help) {
  return app.add_flag("--" + name, value, help)->envname(variable_of(name))->group(kSections[section]);
}

const CLI::Validator kRegion(
    [](std::string& text) -> std::string {
      const bool ok = !text.empty() && text.size() <= 64 &&
                      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
      return ok ? "" : "\"" + text + "\" is not a region: use up to 64 of a-z, 0-9 and -";
    },
    "");

const CLI::Validator kAccount(
    [](std::string& text) -> std::string {
      const bool ok = text.size() == 12 && text.find_first_not_of("0123456789") == std::string::npos;
      return ok ? "" : "\"" + text + "\" is not an account: use twelve digits";
    },
    "");

const CLI::Validator kUrl(
    [](std::string& text) -> std::string {
      const bool ok = text.empty() || (text.starts_with("http://") && text.size() > 7) ||
                      (text.starts_with("https://") && text.size() > 8);
      return ok ? "" : "\"" + text + "\" is not a URL such as http://127.0.0.1:9000";
    },
    "");

const CLI::Validator kNetwork(
    [](std::string& text) -> std::string {
      return parse_network(text) ? "" : "\"" + text + "\" is not a network such as 10.0.0.0/8";
    },
    "");

const CLI::Validator kStreamLimits(
    [](std::string& text) -> std::string {
      const std::size_t equals = text.rfind('=');
      const std::string mode = equals == std::string::npos ? "" : text.substr(equals + 1);
      const bool ok = equals != 0 && (mode == "off" || mode == "aws");
      return ok ? "" : "\"" + text + "\" is not of the form NAME=off or NAME=aws";
    },
    "");

const CLI::Validator kHost(
    [](std::string& text) -> std::string {
      const std::string name = text.starts_with("*.") ? text.substr(2) : text;
      const auto host = parse_authority(name);
      const bool ok = text == "*" || (host && host->port.empty() && name.find('*') == std::string::npos);
      return ok ? "" : "\"" + text + "\" is not a host name or *.NAME, without a port";
    },
    "");

const CLI::Validator kOrigin(
    [](std::string& text) -> std::string {
      const bool ok = text == "*" || parse_origin(text);
      return ok ? "" : "\"" + text + "\" is not SCHEME://HOST or SCHEME://HOST:PORT, without a path";
    },
    "");

const CLI::Validator kFault(
    [](std::string& text) -> std::string {
      try {
        (void)kinesis::parse_fault(text);
        return "";
      } catch (const std::invalid_argument& e) {
        return "\"" + text + "\": " + e.what();
      }
    },
    "");

// Settings for tests. They affect every client of the server and are off by default.
void declare_for_tests(CLI::App& app, Config& c) {
  flag(app, kTests, "test-clock", c.test_clock,
       "enables /_millrace/clock: POST {\"advance_ms\": N} advances the server's clock, and new records have "
       "the advanced time. Anyone who can reach the port can use it");
  flag(app, kTests, "fault-injection", c.fault_injection,
       "enables --fault and /_millrace/faults, which make requests fail or delay them. Anyone who can reach "
       "the port can use it");
  setting(
      app, kTests, "fault", c.faults, '|',
      "a fault, such as operation=PutRecords,stream=orders,share=0.1,error=ServiceUnavailable,delay_ms=50: a "
      "share of an operation's requests on a stream gets an error, a delay, or both. Further keys: limit=N "
      "(the maximum number of times), status=N, message=..., records=true (single records of PutRecords "
      "fail). Repeat the flag for each fault, or separate faults with |")
      ->check(kFault);
  setting(app, kTests, "fault-seed", c.fault_seed,
          "seed of the random choice of requests; the same seed makes a run reproducible. 0: a different "
          "seed at every start");
}

void declare(CLI::App& app, Config& c) {
  const auto one_of = [](std::vector<std::string> v) { return CLI::IsMember(std::move(v)); };
  setting(app, kServer, "listen", c.listen, ',',
          "addresses to listen on: [NAME=]ADDRESS:PORT, and for each, optionally, tls=required (no plain "
          "HTTP) or tls=off, from=NETWORK (clients that can connect; default: all), and services=SERVICE "
          "(default: all). Separate everything with commas, or repeat the flag; repeat from= and services= "
          "for more than one. Policies know a listener by its name; default: ADDRESS:PORT")
      ->capture_default_str();
  setting(app, kServer, "data-dir", c.data_dir, "directory of all data; created if it does not exist");
  setting(app, kServer, "master-key-file", c.master_key_file,
          "file with the master key, 32 random bytes that protect the keys of encrypted streams and of KMS; "
          "created if it does not exist. Default: <data-dir>/keys/master. Store the key apart from the data, "
          "and keep a copy. "
          "Anyone with both can read everything. Without the key, the records of encrypted streams and the "
          "keys of KMS "
          "are lost");
  setting(app, kServer, "durability", c.durability,
          "what an acknowledged write survives: fsync (power loss), os (kill -9), memory (nothing). os and "
          "memory are for tests")
      ->check(one_of({"fsync", "os", "memory"}));
  flag(app, kServer, "accept-data-loss", c.accept_data_loss,
       "start although acknowledged data is damaged or missing. Each loss is logged, and damaged files are "
       "moved to <data-dir>/log/damaged. Without this flag, such a start fails and changes nothing");
  setting(app, kServer, "auth", c.auth,
          "enforce: every request needs a valid signature and the permission for what it does (IAM). off: "
          "anyone who can reach the port can do everything, as any account")
      ->check(one_of({"off", "enforce"}));
  flag(app, kServer, "insecure", c.insecure,
       "allow --auth off on an address that other machines can reach. Without this flag, such a start fails");
  setting(
      app, kServer, "account", c.account,
      "account of the first administrator, with --auth enforce. Its access key is read from the "
      "environment variables MILLRACE_ROOT_ACCESS_KEY_ID and MILLRACE_ROOT_SECRET_ACCESS_KEY. If they are "
      "not set, the server creates a key at the first start and prints it once")
      ->check(kAccount);
  setting(app, kServer, "region", c.region, "region of requests that do not name one")->check(kRegion);
  setting(app, kServer, "public-url", c.public_url,
          "URL by which clients and functions reach the server. Default: that of the first listener without "
          "restrictions")
      ->check(kUrl);
  setting(app, kServer, "allow-hosts", c.allow_hosts, ',',
          "additional host names by which clients reach the server: NAME or *.NAME, separated by commas. * "
          "allows every name. Always allowed: IP addresses, names without a dot, localhost, *.localhost, "
          "*.local, *.internal, and the host of --public-url. Requests for other names get 403, which "
          "protects against DNS rebinding")
      ->check(kHost);
  setting(app, kServer, "allow-origins", c.allow_origins, ',',
          "additional origins of web pages that can use the server: SCHEME://HOST[:PORT], separated by "
          "commas. HOST can be *.NAME; * allows every page. Pages of this machine (localhost, 127.0.0.1) are "
          "always allowed. Requests of other pages get 403")
      ->check(kOrigin);
  setting(app, kServer, "trusted-proxies", c.trusted_proxies, ',',
          "networks (10.0.0.0/8) or addresses of proxies in front of the server, separated by commas. The "
          "server takes the address of the client from the header X-Forwarded-For and the PROXY protocol of "
          "these proxies only. A listed proxy must set one of them itself on everything that it passes on")
      ->check(kNetwork);
  setting(app, kServer, "tls", c.tls,
          "off; self-signed: create a certificate in <data-dir>/tls at the first start; auto: use TLS if "
          "--tls-certificate is set. A listener accepts plain HTTP too, unless --listen says tls=required")
      ->check(one_of({"auto", "off", "self-signed"}));
  setting(app, kServer, "tls-certificate", c.tls_certificate,
          "PEM file with the server's certificate and the intermediate certificates; enables TLS");
  setting(app, kServer, "tls-key", c.tls_key,
          "PEM file with the private key of the certificate, without a passphrase");
  setting(
      app, kServer, "tls-client-ca", c.tls_client_ca,
      "PEM file with the certificates of authorities. A client that uses TLS must then present a "
      "certificate that one of them has signed. Plain HTTP is not affected: see tls=required of --listen");
  setting(app, kServer, "log-format", c.log_format, "format of the log: text or json")
      ->check(one_of({"text", "json"}));
  setting(app, kServer, "log-level", c.log_level, "least severe level to log: debug, info, warning or error")
      ->check(one_of({"debug", "info", "warning", "error"}));
  setting(app, kServer, "threads", c.threads, "threads that serve requests; 0: one per core")
      ->check(CLI::Range(0, 256));
  setting(app, kServer, "shutdown-grace-s", c.shutdown_grace_s,
          "seconds that requests and functions in progress have after SIGTERM")
      ->check(CLI::Range(0, 3600));

  setting(app, kLimits, "max-connections", c.max_connections,
          "maximum number of open connections; further ones wait. One client address can have seven eighths "
          "of them")
      ->check(CLI::Range(1, 1000000));
  setting(app, kLimits, "idle-timeout-s", c.idle_timeout_s,
          "seconds until an idle connection is closed. A request or response can take this time plus one "
          "second for each 16 KiB")
      ->check(CLI::Range(1, 86400));
  setting(app, kLimits, "max-header-kib", c.max_header_kib, "maximum size of a request's header, in KiB")
      ->check(CLI::Range(1, 1024));
  setting(app, kLimits, "max-object-mib", c.max_object_mib, "maximum size of an S3 upload or part, in MiB")
      ->check(CLI::Range(1, 5120));
  setting(app, kLimits, "memory-limit-mib", c.memory_limit_mib,
          "memory limit of the server, in MiB. Allow about 64 MiB more for the program itself. Processes of "
          "functions are not included")
      ->check(CLI::Range(128, 1048576));
  setting(
      app, kLimits, "body-memory-mib", c.body_memory_mib,
      "memory for request and response bodies, in MiB; further requests wait. 0: half of --memory-limit-mib")
      ->check(CLI::Range(0, 1048576));
  setting(app, kLimits, "tail-cache-mib", c.tail_cache_mib,
          "memory for the newest records, in MiB. 0: an eighth of --memory-limit-mib")
      ->check(CLI::Range(0, 1048576));
  setting(app, kLimits, "max-shards", c.max_shards, "maximum number of open shards per account and region")
      ->check(CLI::Range(1, 1000000));

  setting(app, kLimits, "limits", c.limits,
          "rate limits of shards and operations: off, or aws (such as 1 MiB and 1,000 records a second into "
          "a shard)")
      ->check(one_of({"off", "aws"}));
  setting(app, kLimits, "stream-limits", c.stream_limits, ',',
          "NAME=off or NAME=aws: overrides --limits for the streams of that name. Repeat the flag, or "
          "separate entries with commas")
      ->check(kStreamLimits);

  const CLI::Range delay(0, 3'600'000);
  setting(
      app, kStreams, "create-stream-ms", c.create_stream_ms,
      "milliseconds for which a new stream or consumer is CREATING; 0: it is ACTIVE when the request returns")
      ->check(delay);
  setting(app, kStreams, "update-stream-ms", c.update_stream_ms,
          "milliseconds for which a changed stream is UPDATING; 0: the change is complete when the request "
          "returns")
      ->check(delay);
  setting(
      app, kStreams, "delete-stream-ms", c.delete_stream_ms,
      "milliseconds for which a stream or consumer is DELETING; 0: it is deleted when the request returns")
      ->check(delay);

  setting(app, kFunctions, "max-workers", c.max_workers,
          "maximum number of function processes; further invocations wait")
      ->check(CLI::Range(1, 10000));
  setting(app, kFunctions, "worker-idle-s", c.worker_idle_s, "seconds until an idle function process ends")
      ->check(CLI::Range(1, 86400));
  setting(app, kFunctions, "python", c.python,
          "interpreter of python3.x functions, if python3.x is not installed under its own name");
  setting(app, kFunctions, "node", c.node, "interpreter of nodejs functions");
  setting(app, kFunctions, "ruby", c.ruby, "interpreter of ruby functions");
  setting(app, kFunctions, "java", c.java, "java command of java functions");
  setting(app, kFunctions, "java-runtime", c.java_runtime,
          "directory with the jars of AWS's runtime interface client for Java, for functions that do not "
          "include it");
  setting(app, kFunctions, "function-directories", c.function_directories, ',',
          "additional directories that functions can read (DIR) or read and write (DIR:rw). Repeat the flag, "
          "or separate entries with commas");
  setting(app, kFunctions, "sandbox", c.sandbox,
          "isolation of functions. auto: a sandbox with its own file system and processes (as root, also its "
          "own user) if the system allows it, or else Landlock; without either, invocations fail. required: "
          "the server does not start without sandboxes. off: no isolation")
      ->check(one_of({"auto", "required", "off"}));

  setting(app, kFunctions, "allow-destinations", c.allow_destinations, ',',
          "networks (10.0.0.0/8) or addresses that on-failure URLs can lead to, in addition to public "
          "addresses. Repeat the flag, or separate entries with commas")
      ->check(kNetwork);

  setting(app, kObjects, "s3-endpoint", c.s3_endpoint,
          "URL of an S3 or MinIO that functions use instead of the embedded object store")
      ->check(kUrl);
  setting(app, kObjects, "s3-access-key", c.s3_access_key, "access key id for --s3-endpoint");
  setting(app, kObjects, "s3-secret-key", c.s3_secret_key, "secret key for --s3-endpoint");

  declare_for_tests(app, c);
}

// A configuration file contains the settings of `serve` without a section header.
class ServeSettings : public CLI::ConfigINI {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& in) const override {
    std::vector<CLI::ConfigItem> items = CLI::ConfigINI::from_config(in);
    for (CLI::ConfigItem& item : items)
      if (item.parents.empty()) item.parents = {"serve"};
    return items;
  }
};

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
  CommandLine out;
  CLI::App app(
      "Millrace: a self-hosted server for the AWS APIs of Kinesis Data Streams, Lambda, S3 and CloudWatch "
      "Logs.",
      "millrace");
  app.set_version_flag("--version", std::string("millrace ") + MILLRACE_VERSION);
  app.require_subcommand(1);
  app.set_config("--config", "",
                 "configuration file: lines of the form `name = value`, with the names of the flags of serve")
      ->envname("MILLRACE_CONFIG");
  app.config_formatter(std::make_shared<ServeSettings>());
  app.allow_config_extras(CLI::config_extras_mode::error);

  CLI::App* serve = app.add_subcommand("serve", "Runs the server until SIGTERM or SIGINT.");
  serve->fallthrough();  // --config may stand behind "serve" too
  declare(*serve, out.config);
  serve->footer(
      "Every setting can also be an environment variable (--data-dir: MILLRACE_DATA_DIR) or a line of the "
      "configuration file (data-dir = ...).\nA flag overrides the environment, and the environment overrides "
      "the file.");

  CLI::App* health =
      app.add_subcommand("health", "Checks whether a running server is ready. Exits with 0 if it is.");
  health
      ->add_option("--listen", out.config.listen,
                   "address and port of the server, or its whole setting; the first listener without "
                   "restrictions is asked")
      ->envname("MILLRACE_LISTEN")
      ->allow_extra_args(false)
      ->delimiter(',')
      ->capture_default_str();

  CLI::App* logs = app.add_subcommand("logs", "Prints the output of a function.");
  logs->add_option("function", out.function, "name of the function")->required();
  logs->add_option("--data-dir", out.config.data_dir, "data directory of the server")
      ->envname("MILLRACE_DATA_DIR")
      ->capture_default_str();
  logs->add_option("--account", out.account, "account of the function")->capture_default_str();
  logs->add_option("--region", out.config.region, "region of the function")
      ->envname("MILLRACE_REGION")
      ->capture_default_str();

  logs->add_flag("-f,--follow", out.follow, "prints new output until interrupted");

  CLI::App* functions = app.add_subcommand("functions", "Manages the functions of a running server.");
  functions->require_subcommand(1);
  CLI::App* deploy = functions->add_subcommand(
      "deploy", "Creates or updates a function from a directory, and waits until it is active.");
  declare_flags(*deploy, out.deploy);

  CLI::App* leases =
      app.add_subcommand("leases", "Shows the leases of an application of the Kinesis Client Library.");
  declare_flags(*leases, out.leases);

  CLI::App* backup = app.add_subcommand("backup", "Backs up a running server to a new directory.");
  backup->add_option("--data-dir", out.config.data_dir, "data directory of the server")
      ->envname("MILLRACE_DATA_DIR")
      ->capture_default_str();
  backup
      ->add_option("--to", out.backup,
                   "directory to create, on the server's machine. It contains the master key if the data "
                   "directory does")
      ->required();

  CLI::App* restore = app.add_subcommand("restore", "Creates a data directory from a backup.");
  restore->add_option("--from", out.backup, "directory of the backup")->required();
  restore->add_option("--data-dir", out.config.data_dir, "directory to create; it must be empty if it exists")
      ->envname("MILLRACE_DATA_DIR")
      ->capture_default_str();

  CLI::App* repair = app.add_subcommand(
      "repair",
      "Rebuilds the index of a stopped server from its log, and prints what was recovered and what was not.\n"
      "Exits with 0 if everything was recovered, with 2 if something is missing, with 1 on failure.");
  repair->add_option("--data-dir", out.config.data_dir, "data directory of the server")
      ->envname("MILLRACE_DATA_DIR")
      ->capture_default_str();

  CLI::App* doctor = app.add_subcommand(
      "doctor",
      "Shows the health of a running server, with a remedy for each problem.\n"
      "Exits with 0 if there is no problem, with 1 if there is one, with 2 if no server answers.");
  doctor->add_option("--data-dir", out.config.data_dir, "data directory of the server")
      ->envname("MILLRACE_DATA_DIR")
      ->capture_default_str();
  std::string format = "text";
  doctor->add_option("--format", format, "output format: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ConfigError& e) {
    // "INI was not able to parse serve.colour"
    const std::string text = e.what();
    const std::size_t name = text.rfind("serve.");
    if (name == std::string::npos) {
      out.exit_code = app.exit(e);
    } else {
      std::fprintf(stderr, "--config: no setting is named \"%s\"; `millrace serve --help` lists them\n",
                   text.c_str() + name + 6);
      out.exit_code = e.get_exit_code();
    }
    return out;
  } catch (const CLI::ParseError& e) {
    out.exit_code = app.exit(e);
    return out;
  }
  out.command = serve->parsed()     ? Command::serve
                : health->parsed()  ? Command::health
                : deploy->parsed()  ? Command::deploy
                : leases->parsed()  ? Command::leases
                : backup->parsed()  ? Command::backup
                : restore->parsed() ? Command::restore
                : repair->parsed()  ? Command::repair
                : doctor->parsed()  ? Command::doctor
                                    : Command::logs;
  out.json = format == "json";
  return out;
}

}  // namespace millrace
