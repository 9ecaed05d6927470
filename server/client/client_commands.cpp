#include "server/client/client_commands.h"

#include <sys/stat.h>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "server/functions/logs/function_log.h"
#include "server/listeners.h"

namespace millrace {

namespace asio = boost::asio;

namespace {

// Asks for the page; the status of the answer, 0 when none came. A certificate is not checked: what is asked
// is whether this machine's server is well, and not who it is.
template <class Stream>
asio::awaitable<unsigned> ask_for_health(Stream& stream, const std::string& host) {
  const std::string request = "GET /health/ready HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
  co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
  std::string answer;
  co_await asio::async_read_until(stream, asio::dynamic_buffer(answer, 64 << 10), "\r\n",
                                  asio::use_awaitable);
  std::istringstream line(answer);
  std::string version;
  unsigned status = 0;
  co_return line >> version >> status ? status : 0;
}

asio::awaitable<void> ask_for_health(const Address& address, bool tls, unsigned& status) {
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto found =
      co_await resolver.async_resolve(address.host, std::to_string(address.port), asio::use_awaitable);
  asio::ssl::context context(asio::ssl::context::tls_client);
  asio::ssl::stream<asio::ip::tcp::socket> stream(co_await asio::this_coro::executor, context);
  co_await asio::async_connect(stream.next_layer(), found, asio::use_awaitable);
  if (tls) co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  if (tls)
    status = co_await ask_for_health(stream, address.host);
  else
    status = co_await ask_for_health(stream.next_layer(), address.host);
}

constexpr std::chrono::seconds kHealthPatience{5};

}  // namespace

int check_health(const Config& config) {
  const std::vector<ListenerSettings> listeners = parse_listeners(config.listen);
  const ListenerSettings& listener = local_listener(listeners);
  Address address = listener.address;
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  unsigned status = 0;
  std::string trouble = "timeout";
  asio::io_context context;
  asio::co_spawn(context, ask_for_health(address, listener.tls == ListenerSettings::Tls::required, status),
                 [&trouble](const std::exception_ptr& failed) {
                   try {
                     if (failed) std::rethrow_exception(failed);
                     trouble = "not an HTTP response";
                   } catch (const boost::system::system_error& e) {
                     trouble = e.code().message();
                   }
                 });
  context.run_for(kHealthPatience);
  if (status == 200) return 0;
  const std::string where = local_url(listener);
  if (status == 0)
    std::fprintf(stderr, "millrace: no response from %s: %s\n", where.c_str(), trouble.c_str());
  else
    std::fprintf(stderr, "millrace: %s is not ready (status %u)\n", where.c_str(), status);
  return 1;
}

namespace {

constexpr std::chrono::milliseconds kFollowLook{200};

std::uint64_t inode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

// Prints the whole lines of the file from `at` on that have not expired; returns how far it came.
std::streamoff print_from(const std::string& path, std::streamoff at, Time first = {}) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(0, std::ios::end);
  const std::streamoff end = file ? std::streamoff(file.tellg()) : at;
  if (end <= at) return at;
  file.seekg(at);
  std::string bytes(static_cast<std::size_t>(end - at), '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  const std::size_t whole = bytes.rfind('\n') + 1;  // none: 0
  for (std::string_view left = std::string_view(bytes).substr(0, whole); !left.empty();) {
    const std::size_t line = left.find('\n');
    const functions::LogLine parsed = functions::parse_log_line(left.substr(0, line));
    if (parsed.stream.empty() || parsed.ms >= first.time_since_epoch().count())
      std::cout << parsed.text << '\n';
    left.remove_prefix(line + 1);
  }
  std::cout.flush();
  return at + static_cast<std::streamoff>(whole);
}

// Until the process ends. A log that has become the old one is printed to its end first.
[[noreturn]] void follow(const std::string& path, std::streamoff at) {
  for (std::uint64_t inode = inode_of(path);; std::this_thread::sleep_for(kFollowLook)) {
    const std::uint64_t now = inode_of(path);
    if (now != 0 && now != inode) {
      if (inode != 0 && inode_of(path + ".1") == inode) print_from(path + ".1", at);
      inode = now;
      at = 0;
    }
    if (now != 0) at = print_from(path, at);
  }
}

}  // namespace

int print_function_log(const CommandLine& line) {
  const std::filesystem::path logs = std::filesystem::path(line.config.data_dir) / "functions" / "logs";
  const std::string path = functions::log_file(logs, line.account, line.config.region, line.function);
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const Time first = functions::first_kept(path, now);
  print_from(path + ".1", 0, first);
  const std::streamoff at = print_from(path, 0, first);
  if (line.follow) follow(path, at);
  if (inode_of(path) != 0 || inode_of(path + ".1") != 0) return 0;
  std::fprintf(stderr, "millrace: no output of function %s in %s (account %s, region %s)\n",
               line.function.c_str(), line.config.data_dir.c_str(), line.account.c_str(),
               line.config.region.c_str());
  return 1;
}

}  // namespace millrace
