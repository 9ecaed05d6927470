#include "server/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "api/kinesis/faults.h"

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

// A setting that may be given again and again; in the environment and the file with `separator` between.
CLI::Option* setting(CLI::App& app, Section section, const std::string& name,
                     std::vector<std::string>& values, char separator, const std::string& help) {
  return app.add_option("--" + name, values, help)
      ->envname(variable_of(name))
      ->group(kSections[section])
      ->allow_extra_args(false)
      ->delimiter(separator);
}

// A setting that is off unless it is named: "--test-clock", MILLRACE_TEST_CLOCK=true, `test-clock = true`.
CLI::Option* flag(CLI::App& app, Section section, const std::string& name, bool& value,
                  const std::string& help) {
  return app.add_flag("--" + name, value, help)->envname(variable_of(name))->group(kSections[section]);
}

const CLI::Validator kRegion(
    [](std::string& text) -> std::string {
      const bool ok = !text.empty() && text.size() <= 64 &&
                      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
      return ok ? "" : "\"" + text + "\" is not a region such as us-east-1 (a-z, 0-9 and -, up to 64)";
    },
    "");

const CLI::Validator kUrl(
    [](std::string& text) -> std::string {
      const bool ok = text.empty() || (text.starts_with("http://") && text.size() > 7) ||
                      (text.starts_with("https://") && text.size() > 8);
      return ok ? "" : "\"" + text + "\" is not a URL such as http://127.0.0.1:9000";
    },
    "");

const CLI::Validator kStreamLimits(
    [](std::string& text) -> std::string {
      const std::size_t equals = text.rfind('=');
      const std::string mode = equals == std::string::npos ? "" : text.substr(equals + 1);
      const bool ok = equals != 0 && (mode == "off" || mode == "aws");
      return ok ? "" : "\"" + text + "\" is not a stream's name, =, and off or aws";
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

// What changes the server for everybody who reaches it, and so is off unless tests ask for it.
void declare_for_tests(CLI::App& app, Config& c) {
  flag(app, kTests, "test-clock", c.test_clock,
       "POST /_millrace/clock {\"advance_ms\": N} moves the server's clock forward, and records keep the "
       "moved "
       "times; anyone who reaches the port may do it");
  flag(app, kTests, "fault-injection", c.fault_injection,
       "--fault, and PUT /_millrace/faults, make requests fail or late; anyone who reaches the port may do "
       "it");
  setting(
      app, kTests, "fault", c.faults, '|',
      "answers a share of an operation's requests on a stream with an error, or late: "
      "operation=PutRecords,stream=orders,share=0.1,error=ServiceUnavailable,delay_ms=50; besides limit=N "
      "(at most so often), status=N, records=true (single records of PutRecords), message=...; once for "
      "each, "
      "or with | between, in quotes in the file")
      ->check(kFault);
  setting(app, kTests, "fault-seed", c.fault_seed,
          "the same number makes the same requests meet the same faults; 0: others at every start");
}

void declare(CLI::App& app, Config& c) {
  const auto one_of = [](std::vector<std::string> v) { return CLI::IsMember(std::move(v)); };
  setting(app, kServer, "listen", c.listen, "address:port to listen on; loopback unless you say otherwise");
  setting(app, kServer, "data-dir", c.data_dir, "where everything is kept; made if it is not there");
  setting(app, kServer, "master-key-file", c.master_key_file,
          "32 random bytes that open the keys of encrypted streams, made if they are not there; default "
          "<data-dir>/keys/master. Keep them elsewhere, and a copy: who has both key and data reads all, who "
          "has lost the key nothing");
  setting(app, kServer, "durability", c.durability,
          "what an acknowledged write has survived: fsync (power loss), os (kill -9), memory (nothing; for "
          "tests)")
      ->check(one_of({"fsync", "os", "memory"}));
  setting(app, kServer, "region", c.region, "region of requests that name none")->check(kRegion);
  setting(app, kServer, "public-url", c.public_url,
          "how functions and clients reach the server; default http://<listen>")
      ->check(kUrl);
  setting(app, kServer, "tls", c.tls,
          "off; self-signed: with a certificate that is made once and kept in <data-dir>/tls; auto: as "
          "--tls-certificate says. The port serves plain HTTP too")
      ->check(one_of({"auto", "off", "self-signed"}));
  setting(app, kServer, "tls-certificate", c.tls_certificate,
          "PEM file of the server's certificate, and of those between it and its authority; turns TLS on");
  setting(app, kServer, "tls-key", c.tls_key, "PEM file of the certificate's key, without a passphrase");
  setting(app, kServer, "log-format", c.log_format, "text or json")->check(one_of({"text", "json"}));
  setting(app, kServer, "log-level", c.log_level, "debug, info, warning or error")
      ->check(one_of({"debug", "info", "warning", "error"}));
  setting(app, kServer, "threads", c.threads, "threads that serve requests; 0: one a core")
      ->check(CLI::Range(0, 256));
  setting(app, kServer, "shutdown-grace-s", c.shutdown_grace_s,
          "seconds that requests and functions in flight get at SIGTERM")
      ->check(CLI::Range(0, 3600));

  setting(app, kLimits, "max-connections", c.max_connections, "open connections; more wait to be accepted")
      ->check(CLI::Range(1, 1000000));
  setting(
      app, kLimits, "idle-timeout-s", c.idle_timeout_s,
      "seconds without a byte after which a connection is closed, and which a request or an answer may take "
      "longer than at 16 KiB a second")
      ->check(CLI::Range(1, 86400));
  setting(app, kLimits, "max-header-kib", c.max_header_kib, "KiB of a request's head")
      ->check(CLI::Range(1, 1024));
  setting(app, kLimits, "max-object-mib", c.max_object_mib, "MiB of one S3 upload or part")
      ->check(CLI::Range(1, 5120));
  setting(app, kLimits, "memory-limit-mib", c.memory_limit_mib,
          "MiB that the server may take in all; functions' processes are not among it")
      ->check(CLI::Range(128, 1048576));
  setting(app, kLimits, "body-memory-mib", c.body_memory_mib,
          "MiB that the requests that are served may take, bodies and answers; more wait. 0: half of "
          "--memory-limit-mib")
      ->check(CLI::Range(0, 1048576));
  setting(app, kLimits, "tail-cache-mib", c.tail_cache_mib,
          "MiB of the newest records kept in memory. 0: an eighth of --memory-limit-mib")
      ->check(CLI::Range(0, 1048576));
  setting(app, kLimits, "max-shards", c.max_shards, "open shards an account and region")
      ->check(CLI::Range(1, 1000000));

  setting(app, kLimits, "limits", c.limits,
          "rates of shards and operations: off, or aws (1 MiB and 1,000 records a second into a shard, ...)")
      ->check(one_of({"off", "aws"}));
  setting(
      app, kLimits, "stream-limits", c.stream_limits, ',',
      "NAME=off or NAME=aws, other limits for the streams of a name; once for each, or with commas between")
      ->check(kStreamLimits);

  const CLI::Range delay(0, 3'600'000);
  setting(app, kStreams, "create-stream-ms", c.create_stream_ms,
          "milliseconds that a stream or consumer stays CREATING; 0: it is ACTIVE when the answer comes")
      ->check(delay);
  setting(app, kStreams, "update-stream-ms", c.update_stream_ms,
          "milliseconds that a stream stays UPDATING; 0: the change is done when the answer comes")
      ->check(delay);
  setting(app, kStreams, "delete-stream-ms", c.delete_stream_ms,
          "milliseconds that a stream or consumer stays DELETING; 0: it is gone when the answer comes")
      ->check(delay);

  setting(app, kFunctions, "max-workers", c.max_workers,
          "function processes at a time; more invocations wait")
      ->check(CLI::Range(1, 10000));
  setting(app, kFunctions, "worker-idle-s", c.worker_idle_s, "seconds an idle function process is kept")
      ->check(CLI::Range(1, 86400));
  setting(app, kFunctions, "python", c.python, "interpreter of python3.x functions");
  setting(app, kFunctions, "node", c.node, "interpreter of nodejs functions");
  setting(app, kFunctions, "ruby", c.ruby, "interpreter of ruby functions");
  setting(app, kFunctions, "java", c.java, "java of java functions");
  setting(
      app, kFunctions, "java-runtime", c.java_runtime,
      "directory of the jars of AWS's runtime interface client for Java, for functions that do not bring it");
  setting(
      app, kFunctions, "function-directories", c.function_directories, ',',
      "DIR or, to write to it too, DIR:rw: what functions have of the file system beside the system's own "
      "directories; once for each, or with commas between");
  setting(
      app, kFunctions, "sandbox", c.sandbox,
      "a file system, processes and, with root, a user of its own for each function: auto, where the system "
      "allows it; required, or no start; off")
      ->check(one_of({"auto", "required", "off"}));

  setting(app, kObjects, "s3-endpoint", c.s3_endpoint,
          "URL of a MinIO or S3 that functions use instead of the embedded store")
      ->check(kUrl);
  setting(app, kObjects, "s3-access-key", c.s3_access_key, "access key id for --s3-endpoint");
  setting(app, kObjects, "s3-secret-key", c.s3_secret_key, "secret key for --s3-endpoint");

  declare_for_tests(app, c);
}

// The lines of a configuration file are the settings of `serve`, without a section that says so.
class ServeSettings : public CLI::ConfigINI {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& in) const override {
    std::vector<CLI::ConfigItem> items = CLI::ConfigINI::from_config(in);
    for (CLI::ConfigItem& item : items)
      if (item.parents.empty()) item.parents = {"serve"};
    return items;
  }
};

// Its flags have AWS's own environment variables, as the SDKs and the CLI read them.
void declare(CLI::App& app, DeploySettings& o) {
  app.add_option("directory", o.directory, "what goes into the function's archive, from its top")->required();
  app.add_option("--name", o.name, "the function's name; the directory's if absent");
  app.add_option("--url", o.url, "the server")->envname("AWS_ENDPOINT_URL")->capture_default_str();
  app.add_option("--region", o.region, "the function's region")->envname("AWS_REGION")->capture_default_str();
  app.add_option("--access-key", o.access_key, "access key id; an account's number stands for the account")
      ->envname("AWS_ACCESS_KEY_ID")
      ->capture_default_str();
  app.add_option("--secret-key", o.secret_key, "secret access key")->envname("AWS_SECRET_ACCESS_KEY");
  app.add_option("--runtime", o.runtime,
                 "by what is in the directory if absent: bootstrap, index.mjs, index.js, or Python");
  app.add_option(
      "--handler", o.handler,
      "index.handler if absent, lambda_function.lambda_handler where there is a lambda_function.py");
  app.add_option("--role", o.role, "the execution role's ARN")->capture_default_str();
  app.add_option("--timeout", o.timeout_s, "seconds")->check(CLI::Range(1, 900));
  app.add_option("--memory", o.memory_mb, "MB")->check(CLI::Range(128, 10240));
  app.add_option("--env", o.environment, "NAME=value, as often as there are variables");
  app.add_flag("--watch", o.watch,
               "deploys again whenever something in the directory changes, until it is interrupted");
}

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
  CommandLine out;
  CLI::App app("Millrace: a self-hosted stream server that speaks the Kinesis Data Streams API.", "millrace");
  app.set_version_flag("--version", std::string("millrace ") + MILLRACE_VERSION);
  app.require_subcommand(1);
  app.set_config("--config", "", "configuration file, `name = value` lines with the names of serve's flags")
      ->envname("MILLRACE_CONFIG");
  app.config_formatter(std::make_shared<ServeSettings>());
  app.allow_config_extras(CLI::config_extras_mode::error);

  CLI::App* serve = app.add_subcommand("serve", "Runs the server until SIGTERM or SIGINT.");
  serve->fallthrough();  // --config may stand behind "serve" too
  declare(*serve, out.config);
  serve->footer(
      "Every flag is also an environment variable, MILLRACE_ and the name in capitals, and a line of the "
      "configuration file.\nA flag wins over the environment, the environment over the file.");

  CLI::App* health = app.add_subcommand("health", "Exits with 0 when a running server is ready.");
  health->add_option("--listen", out.config.listen, "address:port of the server")
      ->envname("MILLRACE_LISTEN")
      ->capture_default_str();

  CLI::App* logs = app.add_subcommand("logs", "Prints what a function wrote.");
  logs->add_option("function", out.function, "the function's name")->required();
  logs->add_option("--data-dir", out.config.data_dir, "the server's data directory")
      ->envname("MILLRACE_DATA_DIR")
      ->capture_default_str();
  logs->add_option("--account", out.account, "the function's account")->capture_default_str();
  logs->add_option("--region", out.config.region, "the function's region")
      ->envname("MILLRACE_REGION")
      ->capture_default_str();

  logs->add_flag("-f,--follow", out.follow, "goes on with what the function writes from now on");

  CLI::App* functions = app.add_subcommand("functions", "Works on the functions of a running server.");
  functions->require_subcommand(1);
  CLI::App* deploy = functions->add_subcommand(
      "deploy",
      "Makes a function of a directory, or gives it to the one that there is, and waits until it is active.");
  declare(*deploy, out.deploy);

  CLI::App* backup = app.add_subcommand(
      "backup", "Has the running server copy all it keeps to a new directory, while it serves.");
  backup->add_option("--data-dir", out.config.data_dir, "the server's data directory")
      ->envname("MILLRACE_DATA_DIR")
      ->capture_default_str();
  backup
      ->add_option(
          "--to", out.backup,
          "the directory to make, by the server and on its machine. It has the master key, if that is in "
          "the data directory")
      ->required();

  CLI::App* restore = app.add_subcommand("restore", "Makes a data directory of a backup.");
  restore->add_option("--from", out.backup, "the backup")->required();
  restore->add_option("--data-dir", out.config.data_dir, "the directory to make, which is not there or empty")
      ->envname("MILLRACE_DATA_DIR")
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
                : backup->parsed()  ? Command::backup
                : restore->parsed() ? Command::restore
                                    : Command::logs;
  return out;
}

}  // namespace millrace
