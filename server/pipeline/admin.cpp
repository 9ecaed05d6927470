#include "server/pipeline/admin.h"

#include <stdexcept>

#include "api/core/json.h"
#include "server/log.h"

namespace millrace {

namespace {

constexpr std::string_view kPrefix = "/_millrace/";
constexpr std::size_t kMaxFaults = 1000;

// What is wrong with a request, and its HTTP status.
ApiError refusal(unsigned status, const std::string& text) { return {status, "", text}; }

HttpResponse json_page(unsigned status, const OrderedJson& body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = body.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  return response;
}

// A page in somebody's browser may send requests to this machine, though not read the answers.
void refuse_browsers(const HttpRequest& request) {
  if (request.headers.find("origin"))
    throw refusal(403, "Web pages cannot use this endpoint: the request has an Origin header.");
}

[[noreturn]] void refuse_method(const HttpRequest& request, const char* allowed) {
  throw refusal(405,
                request.method + " is not supported by " + std::string(request.path()) + "; use " + allowed);
}

Json body_of(const HttpRequest& request) {
  Json body = parse_json(request.body);
  if (body.is_discarded()) throw refusal(400, "The body is not JSON.");
  return body;
}

HttpResponse faults_page(const kinesis::Faults& faults) {
  return json_page(200, {{"faults", faults.list()}});
}

std::vector<kinesis::Fault> faults_of(const Json& body) {
  const Json* list = &body;
  if (body.is_object() && body.size() == 1 && body.contains("faults")) list = &body["faults"];
  if (!list->is_array()) throw refusal(400, R"(The body must be {"faults": [...]} or only the list.)");
  if (list->size() > kMaxFaults)
    throw refusal(400, "There are more than " + std::to_string(kMaxFaults) + " faults.");
  std::vector<kinesis::Fault> out;
  for (const Json& one : *list) {
    try {
      out.push_back(kinesis::fault_of(one));
    } catch (const std::invalid_argument& e) {
      throw refusal(400, "Fault " + std::to_string(out.size() + 1) + ": " + e.what() + ".");
    }
  }
  return out;
}

HttpResponse answer_faults(kinesis::Faults& faults, const HttpRequest& request) {
  if (request.method == "GET") return faults_page(faults);
  if (request.method == "PUT") {
    faults.replace(faults_of(body_of(request)));
  } else if (request.method == "DELETE") {
    faults.replace({});
  } else {
    refuse_method(request, "GET, PUT and DELETE.");
  }
  return faults_page(faults);
}

}  // namespace

Admin::Admin(TestClock* clock, std::vector<Due> due, kinesis::Faults* faults)
    : clock_(clock), due_(std::move(due)), faults_(faults) {}

const ServiceModel& Admin::model() const {
  static constexpr ServiceModel kModel{.name = "admin"};
  return kModel;
}

bool Admin::is_for(const HttpRequest& head) {
  return head.path().starts_with(kPrefix) && !head.headers.find("authorization") &&
         head.query().find("X-Amz-") == std::string_view::npos;
}

HttpResponse Admin::error(const ApiError& e, const Request&) const {
  return json_page(e.status(), {{"error", e.message()}});
}

asio::awaitable<HttpResponse> Admin::handle(Request& request) {
  try {
    co_return co_await answer(request.http);
  } catch (const ApiError&) {
    throw;
  } catch (const std::exception& e) {
    log::error("admin_request_failed", {{"path", request.http.path()}, {"reason", e.what()}});
    throw refusal(500, std::string("The server could not complete the request: ") + e.what());
  }
}

asio::awaitable<HttpResponse> Admin::answer(const HttpRequest& request) {
  refuse_browsers(request);
  const std::string_view page = request.path().substr(kPrefix.size());
  if (page == "faults") {
    if (!faults_) throw refusal(404, "Faults require --fault-injection.");
    co_return answer_faults(*faults_, request);
  }
  if (page != "clock") throw refusal(404, "The endpoints are /_millrace/clock and /_millrace/faults.");
  if (!clock_) throw refusal(404, "The clock requires --test-clock.");
  if (request.method == "POST") {
    co_await set_clock(request);
  } else if (request.method != "GET") {
    refuse_method(request, "GET and POST.");
  }
  co_return time();
}

asio::awaitable<void> Admin::set_clock(const HttpRequest& request) {
  const Json body = body_of(request);
  const bool advances = body.is_object() && body.contains("advance_ms");
  const bool holds = body.is_object() && body.contains("held");
  if (!body.is_object() || body.empty() || body.size() != std::size_t{advances} + std::size_t{holds} ||
      (advances && !body["advance_ms"].is_number_unsigned()) || (holds && !body["held"].is_boolean()))
    throw refusal(400,
                  R"(The body must be {"advance_ms": N}, where N is a number of milliseconds, 0 or more; )"
                  R"({"held": true} or {"held": false}; or both.)");
  const auto by = advances ? body["advance_ms"].get<std::uint64_t>() : 0;
  constexpr auto kMax = static_cast<std::uint64_t>(TestClock::kMaxOffset.count());
  if (by > kMax || !clock_->advance(std::chrono::milliseconds(by)))
    throw refusal(400,
                  "The clock can advance by at most " + std::to_string(kMax) + " ms (100 years) in total.");
  if (holds) clock_->hold(body["held"].get<bool>());
  log::info("clock_moved",
            {{"by_ms", by}, {"offset_ms", clock_->offset().count()}, {"held", clock_->held()}});
  for (const Due& due : due_) co_await due();
}

HttpResponse Admin::time() const {
  return json_page(200, {{"now_ms", clock_->now().time_since_epoch().count()},
                         {"offset_ms", clock_->offset().count()},
                         {"held", clock_->held()}});
}

}  // namespace millrace
