#include "server/app.h"

#include <sys/resource.h>

#include <boost/asio.hpp>
#include <csignal>
#include <filesystem>

#include "api/auth/identities/identities.h"
#include "api/core/arn.h"
#include "api/dynamodb/service.h"
#include "api/iam/service.h"
#include "api/kinesis/service.h"
#include "api/kms/service.h"
#include "api/lambda/service.h"
#include "api/lambda/urls/function_url.h"
#include "api/logs/service.h"
#include "api/s3/service.h"
#include "api/sts/service.h"
#include "server/access/authenticator.h"
#include "server/access/authorizer.h"
#include "server/access/resource_sources.h"
#include "server/address.h"
#include "server/background/disk_watch.h"
#include "server/background/periodic.h"
#include "server/backup/backup.h"
#include "server/backup/control_socket.h"
#include "server/delivery/destinations.h"
#include "server/doctor/checks.h"
#include "server/doctor/damaged_files.h"
#include "server/doctor/doctor.h"
#include "server/doctor/lost_records.h"
#include "server/functions/code/code_files.h"
#include "server/functions/code/stored_objects.h"
#include "server/functions/logs/log_files.h"
#include "server/functions/runner.h"
#include "server/listeners.h"
#include "server/log.h"
#include "server/mappings/mapping_runner.h"
#include "server/mappings/stream_directory.h"
#include "server/net/certificate.h"
#include "server/net/http_server.h"
#include "server/pipeline/pipeline.h"
#include "server/start/archive_check.h"
#include "server/start/crash_mark.h"
#include "server/start/data_directory.h"
#include "server/start/master_key.h"
#include "server/start/set_aside.h"
#include "server/test_clock.h"
#include "storage/files/store.h"
#include "storage/local/store.h"

namespace millrace {

namespace fs = std::filesystem;

namespace {

// What requests in flight get at a stop though functions took all of the time.
constexpr std::chrono::steady_clock::duration kLeastGrace = std::chrono::seconds(1);

constexpr std::chrono::seconds kRetentionPeriod{10}, kScalingPeriod{1}, kExpirationPeriod{10},
    kSweepPeriod{60};
constexpr std::chrono::milliseconds kIndexPeriod{200};
constexpr timespec kCertificatePeriod{2, 0};
constexpr std::chrono::milliseconds kChangePeriod{20};  // the grain of --create-stream-ms and its like

// Each connection, worker and block file is a descriptor; the usual soft limit of 1024 is for other programs.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

bool enforces(const Config& config) { return config.auth == "enforce"; }

void check_access_settings(const Config& config) {
  for (const ListenerSettings& listener : parse_listeners(config.listen))
    if (!enforces(config) && !config.insecure && !is_loopback(listener.address))
      throw std::runtime_error(
          "--listen: other machines can reach " + listener.address.host +
          ", and with --auth off everyone who reaches the port can do everything. Set --auth enforce, or set "
          "--insecure to accept this");
  if (enforces(config) && !config.s3_access_key.empty())
    throw std::runtime_error(
        "--s3-access-key cannot be combined with --auth enforce: a function has one pair of keys, and with "
        "--auth enforce it is that of its role");
}

unsigned thread_count(const Config& config) {
  return config.threads > 0 ? config.threads : std::max(1u, std::thread::hardware_concurrency());
}

// How functions and clients reach this server; no slash at its end.
std::string public_url(const Config& config) {
  return without_slash(config.public_url.empty() ? local_url(local_listener(parse_listeners(config.listen)))
                                                 : config.public_url);
}

// nullptr: no TLS.
std::unique_ptr<net::TlsContexts> tls_contexts(const Config& config, const DataDirectory& data) {
  const bool given = !config.tls_certificate.empty() || !config.tls_key.empty();
  if (config.tls == "off" || (config.tls == "auto" && !given)) {
    if (!config.tls_client_ca.empty())
      throw std::runtime_error(
          "--tls-client-ca requires --tls-certificate and --tls-key, or --tls self-signed");
    return nullptr;
  }
  net::CertificateFiles files{config.tls_certificate, config.tls_key, {}};
  if (config.tls == "self-signed") {
    if (given)
      throw std::runtime_error("--tls self-signed cannot be combined with --tls-certificate and --tls-key");
    std::vector<std::string> hosts{host_of(public_url(config))};
    for (const ListenerSettings& listener : parse_listeners(config.listen))
      hosts.push_back(host_of(local_url(listener)));
    files = net::self_signed(data.path() / "tls", std::move(hosts));
  } else if (config.tls_certificate.empty() || config.tls_key.empty()) {
    throw std::runtime_error("--tls-certificate and --tls-key must be set together");
  }
  files.client_ca = config.tls_client_ca;
  auto contexts = std::make_unique<net::TlsContexts>(files);
  log::info("tls_enabled", {{"certificate", files.certificate.string()}});
  return contexts;
}

net::ServerOptions server_options(const Config& config, unsigned threads, const net::TlsContexts* tls,
                                  Pipeline& pipeline) {
  using Tls = ListenerSettings::Tls;
  net::ServerOptions o;
  o.listeners.clear();
  for (const ListenerSettings& listener : parse_listeners(config.listen)) {
    if (listener.tls == Tls::required && !tls)
      throw std::runtime_error("--listen: " + listener.name +
                               " requires a certificate: set --tls-certificate and --tls-key, or --tls "
                               "self-signed");
    o.listeners.push_back({.address = listener.address.host,
                           .port = listener.address.port,
                           .handler = &pipeline.entrance(o.listeners.size()),
                           .tls = listener.tls == Tls::off ? nullptr : tls,
                           .plain = listener.tls != Tls::required,
                           .from = listener.from});
  }
  o.threads = threads;
  o.max_connections = config.max_connections;
  o.body_memory =
      config.body_memory_mib > 0 ? config.body_memory_mib << 20 : (config.memory_limit_mib << 20) / 2;
  o.limits.max_header = static_cast<std::uint32_t>(config.max_header_kib << 10);
  o.limits.idle_timeout = std::chrono::seconds(config.idle_timeout_s);
  o.proxies = Networks(config.trusted_proxies);
  return o;
}

std::vector<Listener> listeners(const Config& config) {
  std::vector<Listener> out;
  for (const ListenerSettings& l : parse_listeners(config.listen)) out.push_back({l.name, l.services});
  return out;
}

// What a start on a full disk finds, and what makes room there: little of a small disk.
std::uint64_t reserve_bytes(const fs::path& directory) {
  std::error_code failed;
  const std::uint64_t capacity = fs::space(directory, failed).capacity;
  return failed ? 0 : std::min<std::uint64_t>(32 << 20, capacity / 8);
}

storage::RocksOptions store_options(const Config& config, const DataDirectory& data, const Clock& clock,
                                    Probes& probes, storage::Losses& losses) {
  storage::RocksOptions o;
  o.dir = data.path() / "log";
  o.durability = config.durability == "fsync" ? storage::Durability::fsync
                 : config.durability == "os"  ? storage::Durability::os
                                              : storage::Durability::memory;
  // With the requests' bodies (server_options) seven eighths; the rest is for what has no bound of
  // its own: connections, shards, the allocator.
  const std::uint64_t limit = config.memory_limit_mib << 20;
  o.tail_cache_bytes = config.tail_cache_mib > 0 ? config.tail_cache_mib << 20 : limit / 8;
  o.read_cache_bytes = limit / 16;
  o.write_buffer_bytes = limit / 16;
  o.queue_bytes = limit / 8;
  o.accept_data_loss = config.accept_data_loss;
  o.reserve_bytes = reserve_bytes(data.path());
  o.clock = &clock;
  o.probes = &probes;
  o.losses = &losses;
  return o;
}

// "DIR", or "DIR:rw" for one that functions may write to.
functions::Bind shared_directory(const std::string& text) {
  const bool writable = text.ends_with(":rw");
  const fs::path path = fs::absolute(text.substr(0, text.size() - (writable ? 3 : 0))).lexically_normal();
  if (!fs::is_directory(path))
    throw std::runtime_error("--function-directories: no such directory: " + path.string());
  if (path == "/tmp" || path.string().starts_with("/tmp/"))
    throw std::runtime_error("--function-directories: " + path.string() +
                             " cannot be shared, because every function has its own /tmp");
  return {path, path, writable};
}

functions::RunnerOptions runner_options(const Config& config, const DataDirectory& data) {
  functions::RunnerOptions o;
  o.work_dir = data.path() / "functions";
  o.endpoint_url = public_url(config);
  o.s3_endpoint_url = config.s3_endpoint;
  // An SDK has one pair of keys for all services: where the objects are elsewhere, it must be the pair that
  // is valid there.
  if (!config.s3_endpoint.empty() && !config.s3_access_key.empty())
    o.credentials = [keys = functions::Credentials{config.s3_access_key, config.s3_secret_key, ""}](
                        const lambda::FunctionSpec&) { return keys; };
  o.interpreters = {config.python, config.node, config.ruby, config.java};
  if (!config.java_runtime.empty()) o.java_runtime = fs::absolute(config.java_runtime);
  for (const std::string& text : config.function_directories) o.directories.push_back(shared_directory(text));
  for (const std::string& file : {config.tls_key, config.master_key_file})
    if (!file.empty()) o.hidden.push_back(fs::absolute(file).lexically_normal());
  o.hidden.push_back(data.path());
  using Wish = functions::RunnerOptions::WithSandbox;
  o.sandbox = config.sandbox == "required" ? Wish::required
              : config.sandbox == "off"    ? Wish::off
                                           : Wish::automatic;
  o.max_workers = config.max_workers;
  o.idle_timeout = std::chrono::seconds(config.worker_idle_s);
  return o;
}

// nullopt: objects go into the embedded store.
std::optional<delivery::S3Elsewhere> s3_elsewhere(const Config& config) {
  if (config.s3_endpoint.empty()) return std::nullopt;
  return delivery::S3Elsewhere{without_slash(config.s3_endpoint),
                               {config.s3_access_key, config.s3_secret_key, config.region}};
}

delivery::AddressPolicy destination_policy(const Config& config) {
  std::vector<Network> allowed;
  for (const std::string& text : config.allow_destinations)
    if (auto network = parse_network(text)) allowed.push_back(*network);
  return delivery::AddressPolicy(std::move(allowed));
}

lambda::LambdaOptions lambda_options(const Config& config, const Crash& last_crash, storage::Duties& duties) {
  lambda::LambdaOptions o;
  o.events.duties = &duties;
  o.public_url = public_url(config);
  o.max_workers = config.max_workers;
  // Events leave workers to those who wait for an answer, and to each other.
  o.events.max_running = std::max(1u, config.max_workers / 2);
  o.events.max_running_of_a_function = std::max(1u, config.max_workers / 4);
  o.events.after_crash = last_crash.signal != 0;
  if (last_crash.signal != 0) log::error("crash_detected", {{"signal", last_crash.signal}});
  o.events.report = [](const char* what, const std::string& request_id, const std::string& reason) {
    log::error(what, {{"request_id", request_id}, {"reason", reason}});
  };
  return o;
}

fs::path master_key_file(const Config& config) {
  if (!config.master_key_file.empty()) return config.master_key_file;
  return fs::path(config.data_dir) / "keys" / "master";
}

kinesis::KinesisOptions kinesis_options(const Config& config, const Seal::Key& master_key,
                                        storage::Losses& losses) {
  kinesis::KinesisOptions o;
  o.losses = &losses;
  o.master_key = master_key;
  o.max_shards = config.max_shards;
  o.create_delay = std::chrono::milliseconds(config.create_stream_ms);
  o.update_delay = std::chrono::milliseconds(config.update_stream_ms);
  o.delete_delay = std::chrono::milliseconds(config.delete_stream_ms);
  o.limits.aws = config.limits == "aws";
  for (const std::string& entry : config.stream_limits) {
    const std::size_t equals = entry.rfind('=');
    o.limits.streams[entry.substr(0, equals)] = entry.substr(equals + 1) == "aws";
  }
  if (!config.faults.empty() && !config.fault_injection)
    throw std::runtime_error("--fault requires --fault-injection");
  for (const std::string& spec : config.faults) o.faults.push_back(kinesis::parse_fault(spec));
  if (config.fault_seed != 0) o.fault_seed = config.fault_seed;
  return o;
}

auth::IdentityOptions identity_options(const Config& config, const Seal::Key& master_key) {
  auth::IdentityOptions o;
  o.master_key = master_key;
  o.partition = partition_of(config.region);
  o.account = config.account;
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value ? value : "");
  };
  o.access_key = variable("MILLRACE_ROOT_ACCESS_KEY_ID");
  o.secret = variable("MILLRACE_ROOT_SECRET_ACCESS_KEY");
  if (o.access_key.empty() != o.secret.empty())
    throw std::runtime_error(
        "MILLRACE_ROOT_ACCESS_KEY_ID and MILLRACE_ROOT_SECRET_ACCESS_KEY must be set together");
  if (o.access_key.empty()) return o;
  const bool is_key = o.access_key.size() >= 16 && o.access_key.size() <= 128 &&
                      std::all_of(o.access_key.begin(), o.access_key.end(),
                                  [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  if (!is_key)
    throw std::runtime_error(
        "MILLRACE_ROOT_ACCESS_KEY_ID is not an access key id: use 16 to 128 letters, digits and \"_\"");
  if (o.secret.size() < 32)
    throw std::runtime_error(
        "MILLRACE_ROOT_SECRET_ACCESS_KEY is too short: use at least 32 random characters");
  return o;
}

// What the operator reads when stored keys need another master key.
std::runtime_error wrong_master_key(const Config& config, const std::exception& e) {
  const fs::path file = master_key_file(config);
  return std::runtime_error("--master-key-file: " + file.string() +
                            (fs::exists(file) ? " contains the wrong key: " : " does not exist: ") +
                            e.what() + ". Start with the master key that was used before");
}

// What the operator reads when the log cannot be opened, with the remedy.
std::string refused_start(const storage::Error& error, const fs::path& data_dir) {
  if (error.code == storage::Errc::read_only)
    return "the log cannot be opened: " + error.detail +
           "\nNothing was changed. Free space on the disk, then start the server again.";
  if (error.code != storage::Errc::corrupt)
    return "the log cannot be opened: " + error.detail +
           "\nNothing was changed. Check the disk, the permissions and the limit of open files (ulimit -n), "
           "then start the server again.";
  if (!error.detail.starts_with(storage::kLogDamaged))
    return "the index of the log is damaged: " + error.detail +
           "\nNothing was changed. `millrace repair --data-dir " + data_dir.string() +
           "` rebuilds the index from the log's segments.";
  return error.detail +
         "\nNothing was changed. Check the disk, and restore a backup (millrace restore) if there is one. To "
         "start without the lost data, use --accept-data-loss.";
}

std::unique_ptr<storage::Store> open_store(storage::RocksOptions options) {
  const fs::path data_dir = options.dir.parent_path();
  auto store = storage::LocalStore::open(std::move(options));
  if (!store) throw std::runtime_error(refused_start(store.error(), data_dir));
  for (const std::string& note : (*store)->notes()) log::warning("log_recovered", {{"what", note}});
  for (const std::string& trouble : (*store)->trouble()) log::error("log_corrupted", {{"what", trouble}});
  return std::move(*store);
}

// Whether rows may be missing, so that a file without one may have an owner.
bool has_losses(const DataDirectory& data, const storage::Store& store) {
  return data.lost_log() || !store.trouble().empty();
}

storage::FileStoreOptions file_options(const Config& config, const DataDirectory& data, const Clock& clock,
                                       Probes& probes, const storage::Store& store,
                                       storage::DamagedObjects& damaged) {
  storage::FileStoreOptions o;
  o.damaged = &damaged;
  o.is_full = [&store] { return store.read_only(); };
  o.dir = data.path() / "objects";
  o.fsync = config.durability == "fsync";
  o.keep_unowned = has_losses(data, store);
  o.clock = &clock;
  o.probes = &probes;
  o.report_unreadable = [](const storage::UnreadableRow& row) {
    log_unreadable_row("bucket or object", row);
  };
  return o;
}

std::unique_ptr<storage::FileStore> open_files(storage::Catalog& catalog, storage::FileStoreOptions options) {
  auto files = storage::FileStore::open(catalog, std::move(options));
  if (!files) throw std::runtime_error("the object store cannot be opened: " + files.error().detail);
  return std::move(*files);
}

sigset_t signals_of_operator() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// Waits for SIGTERM or SIGINT. SIGHUP and changed files reload the certificate: on this thread, which may
// wait for a disk.
int wait_for_stop(net::TlsContexts* tls) {
  const sigset_t signals = signals_of_operator();
  for (;;) {
    const int signal = sigtimedwait(&signals, nullptr, &kCertificatePeriod);
    if (signal == SIGTERM || signal == SIGINT) return signal;
    if (!tls) continue;
    if (signal == SIGHUP)
      tls->reload();
    else
      tls->reload_if_changed();
  }
}

}  // namespace

// In the order of construction; each part knows only those above it.
struct App::Parts : Status {
  explicit Parts(const Config& c)
      : config(c),
        data(config.data_dir, config.accept_data_loss),
        master_key(master_key_file(config)),
        tls(tls_contexts(config, data)),
        store(open_store(store_options(config, data, clock, probes, losses))),
        files(open_files(store->catalog(), file_options(config, data, clock, probes, *store, damaged))),
        threads(thread_count(config)),
        kinesis(store->log(), store->catalog(), clock, probes,
                kinesis_options(config, master_key.key(), losses)),
        lost_records(losses, kinesis),
        dynamodb(store->catalog(), clock),
        identities(store->catalog(), clock, identity_options(config, master_key.key())),
        iam(identities, clock),
        sts(identities, clock),
        kms(store->catalog(), clock, master_key.key(), thread_count(config)),
        s3(files->objects(), clock,
           {.max_object_bytes = config.max_object_mib << 20, .workers = thread_count(config)}),
        stream_directory(kinesis.streams),
        objects(files->objects()),
        code(data.path() / "functions" / "archives",
             {.sync = config.durability == "fsync", .keep_unused = has_losses(data, *store)}, &objects,
             &damaged),
        runner(with_role_credentials(runner_options(config, data)), code, machine_clock, probes),
        destinations(kinesis, files->objects(), http_client, s3_elsewhere(config), destination_policy(config),
                     role_check()),
        mapping_runner(threads),
        crashed(store->catalog()),
        last_crash(mark_crashes(data.path())),
        lambda(threads.context(0).get_executor(), store->catalog(), code, runner,
               {stream_directory, store->log(), mapping_runner, destinations, role_check()}, clock, probes,
               with_trust(lambda_options(config, last_crash, store->duties()))),
        authenticator(identities, machine_clock, clock, {config.account, config.region}),
        authorizer(identities, clock,
                   access::resource_sources({kinesis, lambda, dynamodb, kms, s3, identities})),
        log_files(data.path() / "functions" / "logs", machine_clock, [this] { runner.settle_logs(); }),
        logs(log_files),
        admin(config.test_clock ? &clock : nullptr, due_work(),
              config.fault_injection ? &kinesis.faults : nullptr),
        own_pages(*this, probes),
        pipeline({.routes = Routes({{&kinesis, "Kinesis_", {}},
                                    {&lambda, "", lambda::path_prefixes()},
                                    {&logs, "Logs_", {}},
                                    {&dynamodb, "DynamoDB_", {}},
                                    {&sts, "", {}},
                                    {&iam, "", {}},
                                    {&kms, "TrentService.", {}}},
                                   s3),
                  .hosts = HostCheck(public_url(config), config.allow_hosts),
                  .origins = OriginCheck(public_url(config), config.allow_origins),
                  .url_cors = [this](const HttpRequest& head) { return lambda::cors_of_url(lambda, head); },
                  .admin = admin,
                  .own_pages = own_pages,
                  .probes = probes,
                  .default_region = config.region,
                  .proxies = Networks(config.trusted_proxies),
                  .authenticator = enforces(config) ? &authenticator : nullptr,
                  .authorizer = enforces(config) ? &authorizer : nullptr},
                 listeners(config)),
        http(threads, probes, server_options(config, thread_count(config), tls.get(), pipeline)),
        retention(threads.context(0), store->duties(), "retention", kRetentionPeriod,
                  [this] { return kinesis.enforce_retention(); }),
        changes(threads.context(0), store->duties(), "changes", kChangePeriod,
                [this] { return kinesis.finish_due_changes(); }),
        scaling(threads.context(0), store->duties(), "scaling", kScalingPeriod,
                [this] { return kinesis.scale_on_demand(); }),
        expiration(threads.context(0), store->duties(), "expiration", kExpirationPeriod,
                   [this] { return expire_objects(); }),
        indexes(threads.context(0), store->duties(), "indexes", kIndexPeriod,
                [this] { return dynamodb.finish_indexes(); }),
        sweep(threads.context(0), store->duties(), "sweep", kSweepPeriod,
              [this] { return dynamodb.sweep(); }),
        key_deletion(threads.context(0), store->duties(), "key_deletion", kSweepPeriod,
                     [this] { return kms.delete_due_keys(); }),
        key_rotation(threads.context(0), store->duties(), "key_rotation", kSweepPeriod,
                     [this] { return kms.rotate_due_keys(); }),
        disk_watch(threads.context(0), *store),
        backups(data.path(), *store, *files) {
    doctor.add("rows, checkpoints and events that were set aside", [this](Health& health) {
      check_set_aside(health, {kinesis, lambda, crashed, dynamodb, identities, kms}, *files);
    });
    doctor.add("the log and the catalog",
               [this](Health& health) { check_store(health, data.path(), *store); });
    doctor.add("lost records", [this](Health& health) { lost_records.check(health); });
    doctor.add("the archives of functions",
               [this](Health&) { check_archives(store->catalog(), lambda, code); });
    doctor.add("objects", [this](Health& health) { damaged_files.check(health); });
    log_unreadable_rows({kinesis, lambda, crashed, dynamodb, identities, kms});
  }

  // Before the io_contexts go: the store's threads resume coroutines on them.
  ~Parts() override { store->close(); }

  [[nodiscard]] std::string not_ready() const override {
    if (stopping) return "stopping";
    return store->read_only() ? "read-only: the disk is full or failing" : "";
  }

  void refresh_gauges() override {
    mapping_runner.refresh_gauges();
    http.refresh_gauges();
    const storage::Store::DiskUse use = store->disk_use();
    probes.gauge("millrace_log_disk_bytes", "Size of the log on disk")
        .set(static_cast<double>(use.log_bytes));
    probes.gauge("millrace_catalog_disk_bytes", "Size of the catalog on disk")
        .set(static_cast<double>(use.catalog_bytes));
    probes
        .gauge("millrace_disk_written_bytes",
               "Bytes written to disk by the log and the catalog since the start. Divide by "
               "millrace_appended_bytes_total for the write amplification")
        .set(static_cast<double>(use.written_bytes));
  }

  // ---- With --auth enforce, functions and what works for them act with their roles ----

  functions::RunnerOptions with_role_credentials(functions::RunnerOptions options) {
    if (enforces(config))
      options.credentials = [this](const lambda::FunctionSpec& f) { return credentials_of(f); };
    return options;
  }
  // None if the role was deleted: the function's calls are then rejected.
  functions::Credentials credentials_of(const lambda::FunctionSpec& function) const {
    const auth::EntityPtr role = identities.role_of_arn(function.role);
    if (!role || !authorizer.can_assume("lambda.amazonaws.com", function.role))
      return {"AKIADELETEDROLE00000", "deleted", ""};
    auth::SessionSettings session;
    session.name = function.name;
    const auth::Credentials made = identities.issue(*role, functions::kCredentialsLife, std::move(session));
    return {made.access_key, made.secret, made.session_token};
  }
  lambda::RoleCheck role_check() {
    if (!enforces(config)) return {};
    return [this](Principal acting, std::string action, Resource resource) {
      return authorizer.denial(std::move(acting), std::move(action), std::move(resource));
    };
  }
  lambda::LambdaOptions with_trust(lambda::LambdaOptions options) {
    options.events.role_check = role_check();
    if (enforces(config))
      options.can_assume = [this](const std::string& role) {
        return authorizer.can_assume("lambda.amazonaws.com", role);
      };
    return options;
  }
  // Prints the administrator's key if this start created it: nothing else ever shows the secret.
  void make_root_key() {
    if (!enforces(config)) return;
    const auth::AccessKeyPtr made =
        asio::co_spawn(threads.context(0), identities.make_root_key(), asio::use_future).get();
    if (!made) return;
    std::printf(
        "The access key of the administrator (account %s), which is shown only once:\n"
        "  access key id:     %s\n"
        "  secret access key: %s\n",
        made->account.c_str(), made->id.c_str(), made->secret.c_str());
    std::fflush(stdout);
  }

  // What a command on the same machine asks for.
  std::string answer_order(const std::string& line) {
    return line == kDoctorOrder ? doctor.answer() : backups.answer(line);
  }

  // What the background does as time goes by, for a clock that is moved.
  std::vector<Admin::Due> due_work() {
    return {[this] { return kinesis.finish_due_changes(); },
            [this] { return kinesis.scale_on_demand(); },
            [this] { return kinesis.enforce_retention(); },
            [this] { return expire_objects(); },
            [this] { return dynamodb.sweep(); },
            [this] { return kms.delete_due_keys(); },
            [this] { return kms.rotate_due_keys(); }};
  }

  std::array<Periodic*, 8> periodic() {
    return {&retention, &changes, &scaling, &expiration, &indexes, &sweep, &key_deletion, &key_rotation};
  }

  // What the buckets' lifecycle rules say.
  asio::awaitable<void> expire_objects() {
    const s3::Expiration::Done done = co_await s3.expiration.run();
    if (done.objects > 0 || done.uploads > 0)
      log::info("lifecycle_expired",
                {{"objects", std::to_string(done.objects)}, {"uploads", std::to_string(done.uploads)}});
  }

  // Takes no more invocations; functions that still run get the grace, and the ends of their invocations are
  // recorded.
  void stop_functions(std::chrono::steady_clock::time_point end) {
    lambda.events.stop();
    mapping_runner.stop();
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    runner.stop(std::max(left, std::chrono::milliseconds(0)));
    if (!lambda.events.join(std::chrono::seconds(5)))
      log::error("shutdown_timeout", {{"waiting_for", "events"}});
    if (!mapping_runner.join(std::chrono::seconds(5)))
      log::error("shutdown_timeout", {{"waiting_for", "event source mappings"}});
  }

  // The last server's, if it left a record. A full disk, which takes no count, is no reason not to start.
  void count_crash() {
    if (!last_crash.record) return;
    const auto& [mapping, shard, index] = *last_crash.record;
    try {
      finish(crashed.count({mapping.data(), mapping.size()}, shard, {index}));
    } catch (const StorageFailure& e) {
      log::error("crash_not_counted", {{"reason", e.what()}});
    }
  }

  // Runs a coroutine and waits for it; throws what it throws.
  void finish(asio::awaitable<void> work) {
    asio::co_spawn(threads.context(0), std::move(work), asio::use_future).get();
  }

  const Config config;
  Probes probes;
  storage::Losses losses;
  storage::DamagedObjects damaged;
  DamagedFiles damaged_files{damaged, probes};
  TestClock clock;
  SystemClock machine_clock;  // of processes, which have no other
  DataDirectory data;
  MasterKey master_key;
  const std::unique_ptr<net::TlsContexts> tls;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<storage::FileStore> files;
  net::IoThreads threads;
  kinesis::Kinesis kinesis;
  LostRecords lost_records;
  dynamodb::DynamoDb dynamodb;
  auth::Identities identities;
  iam::Iam iam;
  sts::Sts sts;
  kms::Kms kms;
  s3::S3 s3;
  functions::StreamDirectory stream_directory;
  functions::StoredObjects objects;
  functions::CodeFiles code;
  functions::ProcessRunner runner;
  delivery::HttpClient http_client;
  delivery::Destinations destinations;
  functions::MappingRunner mapping_runner;
  lambda::CrashedRecords crashed;
  const Crash last_crash;
  lambda::Lambda lambda;
  access::Authenticator authenticator;
  access::PolicyAuthorizer authorizer;
  functions::LogFiles log_files;
  logs::Logs logs;
  Admin admin;
  OwnPages own_pages;
  Pipeline pipeline;
  net::HttpServer http;
  Periodic retention, changes, scaling, expiration, indexes, sweep, key_deletion, key_rotation;
  DiskWatch disk_watch;
  Backups backups;
  Doctor doctor;
  std::optional<ControlSocket> control;  // while it serves
  std::atomic<bool> stopping = false;
};

App::App(const Config& config) {
  log::configure(config.log_format == "json", log::level_named(config.log_level));
  check_access_settings(config);
  raise_descriptor_limit();
  // Before the first thread, so that all inherit it and only run() sees the signals.
  const sigset_t signals = signals_of_operator();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    parts_ = std::make_unique<Parts>(config);
  } catch (const kinesis::WrongMasterKey& e) {
    throw wrong_master_key(config, e);
  } catch (const auth::WrongMasterKey& e) {
    throw wrong_master_key(config, e);
  } catch (const kms::WrongMasterKey& e) {
    throw wrong_master_key(config, e);
  }
  parts_->master_key.keep();
}

App::~App() = default;

int App::run() {
  Parts& p = *parts_;
  p.threads.start();
  p.finish(p.kinesis.streams.keep_seal());
  p.finish(p.lambda.start());
  p.count_crash();
  check_archives(p.store->catalog(), p.lambda, p.code);
  // Before the port: a start that fails has answered nobody.
  p.control.emplace(p.data.path(), [&p](const std::string& line) { return p.answer_order(line); });
  try {
    p.http.start();
  } catch (const std::runtime_error& e) {
    throw std::runtime_error(std::string("--listen: ") + e.what());
  }
  p.make_root_key();  // behind the port: a start that fails shows no key
  for (Periodic* work : p.periodic()) work->start();
  p.disk_watch.start();
  p.lambda.events.start();
  p.mapping_runner.start({p.lambda.mappings, p.lambda.functions, p.runner, p.stream_directory, p.destinations,
                          p.store->log(), p.store->duties(), p.clock, p.probes, &p.losses, &p.crashed,
                          p.role_check()});
  log::info("started", {{"version", MILLRACE_VERSION},
                        {"listen", p.http.endpoints()},
                        {"data_dir", p.data.path().string()},
                        {"durability", p.config.durability}});

  log::info("stopping", {{"signal", wait_for_stop(p.tls.get())}});
  p.stopping = true;
  p.backups.cancel();
  p.control.reset();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(p.config.shutdown_grace_s);
  for (Periodic* work : p.periodic()) work->stop();
  p.disk_watch.stop();
  p.kinesis.faults.stop();
  p.stop_functions(end);  // before the door closes: what runs may be about to write its results here
  p.http.stop(std::max(end - std::chrono::steady_clock::now(), kLeastGrace));
  p.store->close();  // what still waits for the log ends with an error, so that its handlers return
  if (!p.http.join(std::chrono::seconds(5))) log::error("shutdown_timeout", {{"waiting_for", "requests"}});
  p.threads.stop();
  p.files->close();
  log::info("stopped");
  return 0;
}

}  // namespace millrace
