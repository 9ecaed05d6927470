// The listeners and the threads: one io_context a thread, a connection stays on the one that it was given to.
#pragma once

#include <boost/asio.hpp>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/net/clients.h"
#include "server/net/port_connection.h"
#include "storage/probe.h"

namespace millrace::net {

struct ListenerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;            // 0: any
  Handler* handler = nullptr;        // of its requests; outlives the server
  const TlsContexts* tls = nullptr;  // with which TLS is served; outlives the server. nullptr: plain only
  bool plain = true;                 // whether connections without TLS are served
  Networks from;                     // whose connections are taken; empty: all
};

struct ServerOptions {
  std::vector<ListenerOptions> listeners = std::vector<ListenerOptions>(1);
  unsigned threads = 1;
  // More wait to be accepted; of one address, seven eighths of these at most are served. The descriptors that
  // the process may have set a lower bound.
  unsigned max_connections = 10000;
  std::uint64_t body_memory = 512u << 20;  // bytes, over all threads
  ConnectionLimits limits;
  Networks proxies;  // trusted to say whose connections they pass on
};

// The contexts and their threads; everything of the server that is not a thread of its own runs here.
class IoThreads {
 public:
  explicit IoThreads(unsigned count);
  ~IoThreads();

  void start();
  // Ends the threads; what was not finished is dropped.
  void stop();
  [[nodiscard]] std::size_t size() const { return contexts_.size(); }
  [[nodiscard]] boost::asio::io_context& context(std::size_t i) { return *contexts_[i]; }
  // The contexts in turn. Safe from any thread.
  [[nodiscard]] boost::asio::io_context& next() { return *contexts_[next_++ % contexts_.size()]; }

 private:
  using Work = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<Work> work_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> next_ = 0;
};

class HttpServer {
 public:
  HttpServer(IoThreads& threads, Probes& probes, ServerOptions options);
  ~HttpServer();

  // Brings the gauges of the memory up to date.
  void refresh_gauges();

  // Binds and listens. Throws std::runtime_error, naming the address, when one is taken or none of ours; then
  // nobody was served.
  void start();
  // Of the first listener.
  [[nodiscard]] std::uint16_t port() const;
  // Where it listens: "127.0.0.1:4567, 10.0.0.1:443".
  [[nodiscard]] std::string endpoints() const;

  // Accepts no more and lets requests in flight finish until the deadline, then closes the connections of
  // those that have not. Called from a thread of the application.
  void stop(std::chrono::steady_clock::duration grace);
  // Waits, up to the deadline, until no handler runs any more; false when one still does.
  [[nodiscard]] bool join(std::chrono::steady_clock::duration patience);

 private:
  struct Lane;      // the connections of one io_context
  struct Listener;  // of one port

  boost::asio::awaitable<void> accept_loop(Listener& listener);
  // Counts an accepted connection and serves it, or closes it.
  void accepted(const Listener& listener, Lane& lane, boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<void> serve(const Listener& listener, Lane& lane,
                                     boost::asio::ip::tcp::socket socket, Clients::Slot place);
  boost::asio::awaitable<void> watch_deadlines(Lane& lane);

  class Counted;  // counts the requests that it hands on

  const ServerOptions options_;
  const unsigned max_connections_;
  const MemoryBudget memory_;
  const std::shared_ptr<Clients> clients_;  // shared with their places
  FileReads files_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::atomic<unsigned> open_ = 0;
  std::atomic<bool> stopping_ = false;
  Gauge& open_gauge_;
  Counter &accepted_, &refused_, &outside_, &without_memory_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Probes& probes_;
};

}  // namespace millrace::net
