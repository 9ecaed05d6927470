#include "server/delivery/http_client.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>
#include <new>

#include "storage/base/on_pool.h"

namespace millrace::delivery {

namespace {

constexpr long kConnectSeconds = 5;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct KeptBody {
  std::string& body;
  std::size_t max;
};

extern "C" std::size_t keep_body(char* data, std::size_t, std::size_t size, void* to) {
  const auto& kept = *static_cast<KeptBody*>(to);
  kept.body.append(data, std::min(size, kept.max - std::min(kept.max, kept.body.size())));
  return size;
}

Headers headers_of(const OutRequest& request) {
  Headers out(nullptr, &curl_slist_free_all);
  for (const std::string& header : request.headers) {
    curl_slist* const longer = curl_slist_append(out.get(), header.c_str());
    if (!longer) throw std::bad_alloc();
    (void)out.release();
    out.reset(longer);
  }
  return out;
}

// Given to curl while it connects.
struct Guard {
  const AddressPolicy* policy;
  std::string refused;  // the last address that was
};

boost::asio::ip::address address_of(const sockaddr& socket) {
  namespace ip = boost::asio::ip;
  if (socket.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &socket, sizeof v4);
    return ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6;
  std::memcpy(&v6, &socket, sizeof v6);
  ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return ip::address_v6(bytes);
}

extern "C" curl_socket_t open_socket(void* given, curlsocktype, curl_sockaddr* to) {
  auto& guard = *static_cast<Guard*>(given);
  if (to->family != AF_INET && to->family != AF_INET6) return CURL_SOCKET_BAD;
  const auto address = address_of(to->addr);
  if (!guard.policy->allows(address)) {
    guard.refused = address.to_string();
    return CURL_SOCKET_BAD;
  }
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

storage::Error refused(const std::string& url, const std::string& address) {
  return {storage::Errc::io,
          url + ": " + address + " is not a public address; --allow-destinations can allow it"};
}

storage::Result<OutResponse> perform(const OutRequest& request) {
  const Handle curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) throw std::bad_alloc();
  const Headers headers = headers_of(request);
  Guard guard{request.only, {}};
  // Also behind a proxy, whose address is what is connected to.
  if (guard.policy && names_refused_host(request.url, *guard.policy)) return refused(request.url, "the host");
  OutResponse response;
  KeptBody kept{response.body, request.max_body};
  char reason[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  set(CURLOPT_POSTFIELDS, request.body.data());
  set(CURLOPT_NOSIGNAL, 1L);  // other threads live here
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_TIMEOUT, static_cast<long>(request.timeout.count()));
  set(CURLOPT_ERRORBUFFER, reason);
  set(CURLOPT_WRITEFUNCTION, &keep_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&kept));
  if (guard.policy) {
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&guard));
  }
  std::string provider, user;
  if (request.keys) {
    provider = "aws:amz:" + request.keys->region + ":" + request.keys->service;
    user = request.keys->access_key + ":" + request.keys->secret_key;
    set(CURLOPT_AWS_SIGV4, provider.c_str());
    set(CURLOPT_USERPWD, user.c_str());
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK && !guard.refused.empty()) return refused(request.url, guard.refused);
  if (code != CURLE_OK)
    return storage::Error{storage::Errc::io,
                          request.url + ": " + (reason[0] ? reason : curl_easy_strerror(code))};
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

// Answers what a pool's thread can hand over: a type with a default.
struct Outcome {
  std::optional<storage::Result<OutResponse>> result;
};

}  // namespace

bool names_refused_host(const std::string& url, const AddressPolicy& policy) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  char* host = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK)
    return false;
  const auto authority = parse_authority(host);
  curl_free(host);
  return authority && !policy.allows(*authority);
}

HttpClient::HttpClient() {
  if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
    throw std::runtime_error("libcurl cannot be initialized");
}

HttpClient::~HttpClient() {
  pool_.join();
  curl_global_cleanup();
}

storage::Result<OutResponse> HttpClient::send_now(const OutRequest& request) { return perform(request); }

boost::asio::awaitable<storage::Result<OutResponse>> HttpClient::send(OutRequest request) {
  const auto work = [&request] { return Outcome{perform(request)}; };
  Outcome outcome = co_await on_pool(pool_, work);
  co_return std::move(*outcome.result);
}

}  // namespace millrace::delivery
