// The settings of `millrace serve`: one table declares each, and flag, environment variable, key of the
// configuration file, range and help all come from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

struct Config {
  std::vector<std::string> listen = {"127.0.0.1:4567"};  // see ListenerSettings
  std::string data_dir = "data";
  std::string master_key_file;  // empty: in data_dir
  std::string durability = "fsync";
  bool accept_data_loss = false;
  std::string auth = "off";  // or "enforce"
  bool insecure = false;
  std::string account = "000000000000";  // of the first administrator
  std::string region = "us-east-1";
  std::string public_url;                // how functions and clients reach this server; empty: local_listener
  std::vector<std::string> allow_hosts;  // see HostCheck
  std::vector<std::string> allow_origins;    // see OriginCheck
  std::vector<std::string> trusted_proxies;  // networks
  std::string tls = "auto";
  std::string tls_certificate, tls_key, tls_client_ca;

  std::string log_format = "text";
  std::string log_level = "info";

  unsigned threads = 0;  // 0: one a core
  unsigned max_connections = 10000;
  unsigned idle_timeout_s = 60;
  unsigned shutdown_grace_s = 30;
  std::uint64_t max_header_kib = 64;
  std::uint64_t max_object_mib = 5120;
  std::uint64_t memory_limit_mib = 512;
  std::uint64_t body_memory_mib = 0;  // 0: a share of memory_limit_mib
  std::uint64_t tail_cache_mib = 0;   // 0: a share of memory_limit_mib
  std::int64_t max_shards = 10000;
  std::uint64_t create_stream_ms = 0, update_stream_ms = 0, delete_stream_ms = 0;
  std::string limits = "off";
  std::vector<std::string> stream_limits;  // "NAME=off", "NAME=aws"

  unsigned max_workers = 16;
  unsigned worker_idle_s = 600;
  std::string python = "python3";
  std::string node = "node";
  std::string ruby = "ruby";
  std::string java = "java";
  std::string java_runtime;                       // empty: functions bring AWS's client
  std::vector<std::string> function_directories;  // DIR or DIR:rw
  std::string sandbox = "auto";                   // or "required", "off"

  std::vector<std::string> allow_destinations;  // networks

  std::string s3_endpoint;  // empty: the embedded store
  std::string s3_access_key, s3_secret_key;

  bool test_clock = false;
  bool fault_injection = false;
  std::vector<std::string> faults;  // see kinesis::parse_fault
  std::uint64_t fault_seed = 0;     // 0: another at every start
};

}  // namespace millrace
